import {
  afterSpace,
  CLOSE_LIST,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  endOfString,
  endOfValue,
  INVALID,
  OPEN_OBJECT,
  QUOTE,
} from '../ai/stream/json-scan.js';
import { byteString } from '../entities/byte-string.js';

interface Member {
  /** Decoded, as bytes. */
  readonly name: string;
  /** The name as written, quotes and all. */
  readonly key: string;
  /** The value as written, without blanks around it. */
  readonly value: string;
  /** From the previous comma to the next, blanks included; `undefined` once something about it was changed. */
  readonly raw: string | undefined;
}

/** What a JSON value is, told by its first character. */
export type JsonKind = 'string' | 'array' | 'object' | 'null' | 'true' | 'false' | 'number';

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

  /** `undefined`: the bytes are not one JSON object. */
  static parse(source: Buffer): JsonObject | undefined {
    const members: Member[] = [];
    let at = afterSpace(source, 0);
    if (source[at] !== OPEN_OBJECT) return undefined;
    let rawFrom = at + 1;
    at = afterSpace(source, rawFrom);
    while (members.length > 0 || source[at] !== CLOSE_OBJECT) {
      const keyEnd = source[at] === QUOTE ? endOfString(source, at) : INVALID;
      const colon = keyEnd === INVALID ? INVALID : afterSpace(source, keyEnd);
      if (colon === INVALID || source[colon] !== COLON) return undefined;
      const start = afterSpace(source, colon + 1);
      const end = endOfValue(source, start);
      if (end === INVALID) return undefined;
      const next = afterSpace(source, end);
      const key = source.toString('latin1', at, keyEnd);
      const name = nameOf(key);
      if (name === undefined) return undefined;
      members.push({
        name,
        key,
        value: source.toString('latin1', start, end),
        raw: source.toString('latin1', rawFrom, next),
      });
      at = next;
      if (source[at] !== COMMA) break;
      rawFrom = at + 1;
      at = afterSpace(source, rawFrom);
    }
    if (source[at] !== CLOSE_OBJECT || afterSpace(source, at + 1) !== source.length) return undefined;
    return new JsonObject(source, members);
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

  /** The value's text. Of members with the same name the last counts. */
  get(name: string): string | undefined {
    return this.members.findLast((member) => member.name === name)?.value;
  }

  set(name: string, value: string): void {
    const key = jsonText(name);
    const at = this.members.findLastIndex((member) => member.name === name);
    const fresh: Member = { name, key: this.members[at]?.key ?? key, value, raw: undefined };
    if (at < 0) this.members.push(fresh);
    else this.members = this.members.flatMap((old, index) => (old.name !== name ? [old] : index === at ? [fresh] : []));
    this.changed = true;
  }

  remove(name: string): void {
    const kept = this.members.filter((member) => member.name !== name);
    if (kept.length === this.members.length) return;
    this.members = kept;
    this.changed = true;
  }

  /** In the old one's place; what had the new name before is gone. */
  rename(from: string, to: string): void {
    const value = this.get(from);
    if (value === undefined || from === to) return;
    const at = this.members.findLastIndex((member) => member.name === from);
    const fresh: Member = { name: to, key: jsonText(to), value, raw: undefined };
    this.members = this.members.flatMap((old, index) =>
      index === at ? [fresh] : old.name === from || old.name === to ? [] : [old],
    );
    this.changed = true;
  }

  toBuffer(): Buffer {
    return this.changed ? Buffer.from(this.toString(), 'latin1') : this.source;
  }

  /** As bytes, one character each. */
  toString(): string {
    if (!this.changed) return this.source.toString('latin1');
    return `{${this.members.map(({ key, value, raw }) => raw ?? `${key}:${value}`).join(',')}}`;
  }
}

/** Bytes as a JSON string. Only what must be escaped is; bytes of UTF-8 stay as they are. */
export function jsonText(bytes: string): string {
  return `"${bytes.replace(/["\\]|[^ -\uffff]/g, (character) => JSON.stringify(character).slice(1, -1))}"`;
}

export function kindOf(value: string): JsonKind {
  switch (value[0]) {
    case '"':
      return 'string';
    case '[':
      return 'array';
    case '{':
      return 'object';
    case 'n':
      return 'null';
    case 't':
      return 'true';
    case 'f':
      return 'false';
    default:
      return 'number';
  }
}

/** The object that a value's text is. */
export function objectIn(value: string): JsonObject | undefined {
  return JsonObject.parse(Buffer.from(value, 'latin1'));
}

/** The texts of the elements of an array that is known to be valid. */
export function elementsOf(array: string): string[] {
  const bytes = Buffer.from(array, 'latin1');
  const elements: string[] = [];
  let at = afterSpace(bytes, afterSpace(bytes, 0) + 1);
  while (bytes[at] !== CLOSE_LIST) {
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
