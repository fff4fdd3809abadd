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
    private readonly source: string,
    private members: Member[],
  ) {}

  /** `bytes` is a whole document, valid JSON (`isJson`). `undefined`: it is not an object. */
  static parse(bytes: string): JsonObject | undefined {
    const scanner = new Scanner(bytes);
    return scanner.next() === '{' ? new JsonObject(bytes, scanner.members()) : undefined;
  }

  static empty(): JsonObject {
    return new JsonObject('{}', []);
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

  toString(): string {
    if (!this.changed) return this.source;
    return `{${this.members.map(({ key, value, raw }) => raw ?? `${key}:${value}`).join(',')}}`;
  }
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
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

/** The texts of an array's elements. */
export function elementsOf(array: string): string[] {
  return new Scanner(array).elements();
}

export function arrayOf(elements: readonly string[]): string {
  return `[${elements.join(',')}]`;
}

const BLANKS = /[ \t\n\r]*/y;
const PLAIN = /[^"\\]*/y;
const SCALAR = /[^,\]} \t\n\r]*/y;
const TO_STRUCTURE = /[^"[\]{}]*/y;

/** Finds where things end in a text that is known to be valid JSON. */
class Scanner {
  private position = 0;

  constructor(private readonly text: string) {}

  /** The next character that is not blank; stays before it. */
  next(): string | undefined {
    this.skip(BLANKS);
    return this.text[this.position];
  }

  members(): Member[] {
    const members: Member[] = [];
    this.each('}', (start) => {
      const key = this.string();
      this.next();
      this.position++;
      this.next();
      const value = this.value();
      this.next();
      members.push({ name: nameOf(key), key, value, raw: this.text.slice(start, this.position) });
    });
    return members;
  }

  elements(): string[] {
    const elements: string[] = [];
    this.each(']', () => {
      elements.push(this.value());
      this.next();
    });
    return elements;
  }

  /** Calls `read` at the start of each item, blanks skipped; it stops before the comma or the end. */
  private each(end: string, read: (start: number) => void): void {
    this.next();
    do {
      const start = ++this.position;
      if (this.next() === end) return;
      read(start);
    } while (this.text[this.position] === ',');
  }

  private value(): string {
    const start = this.position;
    switch (this.text[start]) {
      case '"':
        return this.string();
      case '{':
      case '[':
        this.skipNested();
        break;
      default:
        this.skip(SCALAR);
    }
    return this.text.slice(start, this.position);
  }

  private string(): string {
    const start = this.position++;
    for (;;) {
      this.skip(PLAIN);
      if (this.text[this.position] !== '\\') break;
      this.position += 2;
    }
    this.position++;
    return this.text.slice(start, this.position);
  }

  private skipNested(): void {
    let depth = 0;
    do {
      this.skip(TO_STRUCTURE);
      switch (this.text[this.position]) {
        case '"':
          this.string();
          continue;
        case '{':
        case '[':
          depth++;
          break;
        default:
          depth--;
      }
      this.position++;
    } while (depth > 0);
  }

  private skip(pattern: RegExp): void {
    pattern.lastIndex = this.position;
    pattern.test(this.text);
    this.position = pattern.lastIndex;
  }
}

/** A member's name from its quoted text. */
function nameOf(key: string): string {
  const plain = key.slice(1, -1);
  if (!plain.includes('\\')) return plain;
  // The text is bytes: escapes are read as characters, then all is bytes again.
  return byteString(JSON.parse(Buffer.from(key, 'latin1').toString('utf8')) as string);
}
