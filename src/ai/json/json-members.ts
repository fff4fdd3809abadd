import {
  afterSpace,
  CLOSE_LIST,
  CLOSE_OBJECT,
  COMMA,
  INVALID,
  type JsonKind,
  kindOf,
  QUOTE,
  visitMembers,
} from './json-scan.js';
import type { MemberNames } from './member-names.js';

/** A top-level member of a JSON object, as positions in its bytes. */
interface Member {
  /** Its number among all members. */
  readonly ordinal: number;
  /** Of the comma before it; -1 for the first member. */
  readonly comma: number;
  /** Of its name's opening quote. */
  readonly name: number;
  /** Of its value: first byte, and the byte after the last. */
  readonly start: number;
  readonly end: number;
}

/** JSON text to put in a member's place, or `undefined` to take the member out. */
export type MemberEdits = ReadonlyMap<string, string | undefined>;

/** Neither an escape nor what JSON wants escaped. */
const PLAIN_TEXT = /^[^\\\p{Cc}]*$/u;

/**
 * The top-level members of a JSON object that somebody asked for, found without parsing the rest: an agent's request is
 * megabytes of conversation around two or three members a gateway must know. Everything else stays byte for byte.
 */
export class JsonMembers {
  private constructor(
    readonly bytes: Buffer,
    private readonly found: ReadonlyMap<string, Member>,
    /** Earlier members of a name that came again. The last one counts, as JSON.parse has it. */
    private readonly repeated: readonly Member[],
    private readonly count: number,
    /** Position of the closing brace. */
    private readonly close: number,
  ) {}

  /** `undefined` when the bytes are not one JSON object. */
  static of(bytes: Buffer, names: MemberNames): JsonMembers | undefined {
    const found = new Map<string, Member>();
    const repeated: Member[] = [];
    let ordinal = 0;
    const close = visitMembers(bytes, (from, nameAt, nameEnd, start, end) => {
      const name = names.at(bytes, nameAt + 1, nameEnd - 1);
      if (name !== undefined) {
        const before = found.get(name);
        if (before) repeated.push(before);
        found.set(name, { ordinal, comma: ordinal === 0 ? -1 : from - 1, name: nameAt, start, end });
      }
      ordinal++;
      return true;
    });
    return close === INVALID ? undefined : new JsonMembers(bytes, found, repeated, ordinal, close);
  }

  has(name: string): boolean {
    return this.found.has(name);
  }

  kindOf(name: string): JsonKind | undefined {
    const member = this.found.get(name);
    return member && kindOf(String.fromCharCode(this.bytes[member.start] as number));
  }

  /** Whether the value is a list or object with something in it, or a text that is not empty. */
  isFilled(name: string): boolean {
    const member = this.found.get(name);
    if (!member) return false;
    const next = this.bytes[afterSpace(this.bytes, member.start + 1)];
    switch (this.kindOf(name)) {
      case 'array':
        return next !== CLOSE_LIST;
      case 'object':
        return next !== CLOSE_OBJECT;
      case 'string':
        return member.end - member.start > 2;
      default:
        return false;
    }
  }

  /** The bytes of the value. */
  slice(name: string): Buffer | undefined {
    const member = this.found.get(name);
    return member && this.bytes.subarray(member.start, member.end);
  }

  /** The parsed value; `undefined` when there is no such member, or its text holds what JSON does not allow. */
  value(name: string): unknown {
    const member = this.found.get(name);
    if (!member) return undefined;
    try {
      return JSON.parse(this.bytes.toString('utf8', member.start, member.end)) as unknown;
    } catch {
      return undefined;
    }
  }

  /** The value of a text member. */
  text(name: string): string | undefined {
    const member = this.found.get(name);
    if (!member || this.bytes[member.start] !== QUOTE) return undefined;
    const text = this.bytes.toString('utf8', member.start + 1, member.end - 1);
    // What is written plainly need not be parsed.
    return PLAIN_TEXT.test(text) ? text : (this.value(name) as string | undefined);
  }

  /**
   * The bytes with these members set or taken out; only names that were asked for. Of a repeated member one is left, so that
   * no reader further on can take another value for it than we did. The same Buffer when there is nothing to do.
   */
  edited(edits: MemberEdits): Buffer {
    const replaced: { readonly member: Member; readonly json: string }[] = [];
    const removed = [...this.repeated];
    const added: string[] = [];
    for (const [name, json] of edits) {
      const member = this.found.get(name);
      if (member) {
        if (json === undefined) removed.push(member);
        else if (!this.reads(member, json)) replaced.push({ member, json });
      } else if (json !== undefined) {
        added.push(`${JSON.stringify(name)}:${json}`);
      }
    }
    if (replaced.length + removed.length + added.length === 0) return this.bytes;
    const cuts = [
      ...replaced.map(({ member, json }) => ({ from: member.start, to: member.end, json })),
      ...this.cutsFor(removed),
      ...this.insertion(added, this.count > removed.length),
    ].sort((a, b) => a.from - b.from);
    const pieces: Buffer[] = [];
    let at = 0;
    for (const { from, to, json } of cuts) {
      pieces.push(this.bytes.subarray(at, from), Buffer.from(json));
      at = to;
    }
    pieces.push(this.bytes.subarray(at));
    return Buffer.concat(pieces);
  }

  private reads({ start, end }: Member, json: string): boolean {
    return end - start === Buffer.byteLength(json) && this.bytes.toString('utf8', start, end) === json;
  }

  private insertion(added: readonly string[], follows: boolean) {
    if (added.length === 0) return [];
    return [{ from: this.close, to: this.close, json: (follows ? ',' : '') + added.join(',') }];
  }

  /** A member goes with the comma before it; one with nothing left before it goes with the comma after it. */
  private cutsFor(removed: Member[]) {
    removed.sort((a, b) => a.ordinal - b.ordinal);
    return removed.map(({ ordinal, comma, name, end }, index) => {
      if (ordinal > index) return { from: comma, to: end, json: '' };
      const after = afterSpace(this.bytes, end);
      return { from: name, to: this.bytes[after] === COMMA ? after + 1 : end, json: '' };
    });
  }
}
