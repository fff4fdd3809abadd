import { afterSpace, CLOSE_LIST, COMMA, endOfValue, INVALID, visitMembers } from '../ai/json/json-scan.js';
import { byteString } from '../entities/byte-string.js';

/** A stretch of the document. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

interface Member {
  /** Decoded, as bytes. */
  readonly name: string;
  /** As it stands in the document, without blanks around it; or its text, when it is new. */
  readonly value: Stretch | string;
  /** From the previous comma to the next, blanks included; `undefined` once something about it was changed. */
  readonly raw: Stretch | undefined;
}

/** More members than any request is made of; each costs far more memory than the six bytes it can be written with. */
const MOST_MEMBERS = 100_000;
/** More elements than any list has in which rules look at each. */
const MOST_ELEMENTS = 10_000;

/**
 * The members of a JSON object, each kept as the text it was written with. Changing one leaves the others byte for byte:
 * order, large numbers, `1.50` and blanks survive, which a parsed and rewritten document would lose.
 */
export class JsonObject {
  private changed = false;

  private constructor(
    private readonly source: Buffer,
    private members: Member[],
  ) {}

  /** `undefined`: the bytes are not one JSON object, or one with more than 100,000 members. */
  static parse(source: Buffer): JsonObject | undefined {
    const members: Member[] = [];
    const close = visitMembers(source, (from, nameAt, nameEnd, start, end) => {
      const name = nameOf(source.toString('latin1', nameAt, nameEnd));
      if (name === undefined || members.length === MOST_MEMBERS) return false;
      members.push({ name, value: { from: start, to: end }, raw: { from, to: afterSpace(source, end) } });
      return true;
    });
    return close === INVALID ? undefined : new JsonObject(source, members);
  }

  static empty(): JsonObject {
    return new JsonObject(Buffer.from('{}'), []);
  }

  get isChanged(): boolean {
    return this.changed;
  }

  get names(): string[] {
    return this.members.map(({ name }) => name);
  }

  /** The value's text, as bytes. Of members with the same name the last counts. */
  get(name: string): string | undefined {
    const member = this.members.findLast((candidate) => candidate.name === name);
    return member && this.text(member.value);
  }

  set(name: string, value: string): void {
    this.replaceLast(name, { name, value, raw: undefined }, (other) => other.name !== name);
  }

  remove(name: string): void {
    this.keep((member) => member.name !== name);
  }

  keepOnly(names: ReadonlySet<string>): void {
    this.keep(({ name }) => names.has(name));
  }

  /** In the old one's place; what had the new name before is gone. */
  rename(from: string, to: string): void {
    const member = this.members.findLast(({ name }) => name === from);
    if (!member || from === to) return;
    this.replaceLast(from, { ...member, name: to, raw: undefined }, ({ name }) => name !== from && name !== to);
  }

  toBuffer(): Buffer {
    if (!this.changed) return this.source;
    const pieces = this.members.flatMap(({ name, value, raw }, index) => [
      Buffer.from(index === 0 ? '{' : ','),
      raw ? this.source.subarray(raw.from, raw.to) : Buffer.from(`${jsonText(name)}:${this.text(value)}`, 'latin1'),
    ]);
    return Buffer.concat([...pieces, Buffer.from(pieces.length === 0 ? '{}' : '}')]);
  }

  /** Puts a member in the place of the last of that name, or at the end; of the others it leaves those that `stays`. */
  private replaceLast(name: string, fresh: Member, stays: (member: Member) => boolean): void {
    const last = this.members.findLast((member) => member.name === name);
    this.members = this.members.flatMap((member) => (member === last ? [fresh] : stays(member) ? [member] : []));
    if (!last) this.members.push(fresh);
    this.changed = true;
  }

  private keep(stays: (member: Member) => boolean): void {
    const kept = this.members.filter(stays);
    if (kept.length === this.members.length) return;
    this.members = kept;
    this.changed = true;
  }

  private text(value: Stretch | string): string {
    return typeof value === 'string' ? value : this.source.toString('latin1', value.from, value.to);
  }
}

/** Bytes as a JSON string. Only what must be escaped is; bytes of UTF-8 stay as they are. */
export function jsonText(bytes: string): string {
  return `"${bytes.replace(/["\\]|[^ -\uffff]/g, (character) => JSON.stringify(character).slice(1, -1))}"`;
}

/** The object that a value's text is. */
export function objectIn(value: string): JsonObject | undefined {
  return JsonObject.parse(Buffer.from(value, 'latin1'));
}

/** The texts of the elements of a valid array; `undefined`: they are more than 10,000. */
export function elementsOf(array: string): string[] | undefined {
  const bytes = Buffer.from(array, 'latin1');
  const elements: string[] = [];
  let at = afterSpace(bytes, 1);
  while (bytes[at] !== CLOSE_LIST) {
    if (elements.length === MOST_ELEMENTS) return undefined;
    const end = endOfValue(bytes, at);
    elements.push(bytes.toString('latin1', at, end));
    at = afterSpace(bytes, end);
    if (bytes[at] === COMMA) at = afterSpace(bytes, at + 1);
  }
  return elements;
}

export function arrayOf(elements: readonly string[]): string {
  return `[${elements.join(',')}]`;
}

/** A member's name from its quoted text; `undefined`: the text holds an escape that JSON does not know. */
function nameOf(key: string): string | undefined {
  if (!key.includes('\\')) return key.slice(1, -1);
  try {
    // The text is bytes: escapes are read as characters, then all is bytes again.
    return byteString(JSON.parse(Buffer.from(key, 'latin1').toString('utf8')) as string);
  } catch {
    return undefined;
  }
}
