interface Part {
  readonly name: string | undefined;
  /** Its header lines, a blank line and its content; without the line break before the next delimiter. */
  readonly text: string;
}

/** More than any form has. */
const MOST_PARTS = 10_000;

/** Longer than the header lines of any real part. */
const LONGEST_HEAD = 8192;

/** The boundary that a Content-Type announces. */
export function boundaryOf(contentType: string): string | undefined {
  const found = /;\s*boundary=(?:"([^"]+)"|([^\s;,"]+))/i.exec(contentType);
  return found?.[1] ?? found?.[2];
}

/** A multipart/form-data body, as bytes. Parts nobody changes keep every byte, files and their types included. */
export class MultipartForm {
  private changed = false;

  private constructor(
    private readonly boundary: string,
    private readonly preamble: string,
    private parts: Part[],
  ) {}

  /** `undefined`: it is no whole form with that boundary, or one of more than 10,000 parts. An empty body is a form without parts. */
  static parse(bytes: string, boundary: string): MultipartForm | undefined {
    if (bytes === '') return new MultipartForm(boundary, '', []);
    const delimiters = new Delimiters(bytes, `--${boundary}`);
    let delimiter = delimiters.next(0);
    if (!delimiter) return undefined;
    const preamble = bytes.slice(0, delimiter.start);
    const parts: Part[] = [];
    while (!delimiter.isLast) {
      const next = delimiters.next(delimiter.end);
      if (!next || parts.length === MOST_PARTS) return undefined;
      const text = bytes.slice(delimiter.end, Math.max(delimiter.end, withoutLineBreak(bytes, next.start)));
      parts.push({ name: nameOf(text), text });
      delimiter = next;
    }
    return new MultipartForm(boundary, preamble, parts);
  }

  get isChanged(): boolean {
    return this.changed;
  }

  get names(): string[] {
    return this.parts.flatMap(({ name }) => name ?? []);
  }

  has(name: string): boolean {
    return this.parts.some((part) => part.name === name);
  }

  remove(name: string): void {
    this.keep((part) => part.name !== name);
  }

  /** Parts without a name are not kept. */
  keepOnly(names: ReadonlySet<string>): void {
    this.keep(({ name }) => name !== undefined && names.has(name));
  }

  private keep(stays: (part: Part) => boolean): void {
    const kept = this.parts.filter(stays);
    if (kept.length === this.parts.length) return;
    this.parts = kept;
    this.changed = true;
  }

  /** A simple text part in the place of all that had the name; at the end when none had. */
  set(name: string, value: string): void {
    const fresh: Part = { name, text: `Content-Disposition: form-data; name="${quotable(name)}"\r\n\r\n${value}` };
    const first = this.parts.findIndex((part) => part.name === name);
    if (first < 0) this.parts.push(fresh);
    else this.parts = this.parts.flatMap((old, at) => (old.name !== name ? [old] : at === first ? [fresh] : []));
    this.changed = true;
  }

  /** The parts keep their content, file name and type. */
  rename(from: string, to: string): void {
    if (from === to || !this.has(from)) return;
    this.parts = this.parts
      .filter(({ name }) => name !== to)
      .map((part) => (part.name === from ? { name: to, text: renamed(part.text, to) } : part));
    this.changed = true;
  }

  toBuffer(): Buffer {
    return Buffer.from(this.toString(), 'latin1');
  }

  toString(): string {
    const delimiter = `--${this.boundary}`;
    return `${this.preamble}${this.parts.map(({ text }) => `${delimiter}\r\n${text}\r\n`).join('')}${delimiter}--\r\n`;
  }
}

interface Delimiter {
  readonly start: number;
  /** After its line; of no meaning for the last. */
  readonly end: number;
  readonly isLast: boolean;
}

/** The lines that part a body: the boundary at the start of a line, and nothing but blanks or `--` after it. */
class Delimiters {
  constructor(
    private readonly bytes: string,
    private readonly text: string,
  ) {}

  next(from: number): Delimiter | undefined {
    const { bytes, text } = this;
    for (let start = bytes.indexOf(text, from); start >= 0; start = bytes.indexOf(text, start + 1)) {
      if (start > 0 && bytes[start - 1] !== '\n') continue;
      const after = start + text.length;
      if (bytes.startsWith('--', after)) return { start, end: bytes.length, isLast: true };
      LINE_END.lastIndex = after;
      if (LINE_END.test(bytes)) return { start, end: LINE_END.lastIndex, isLast: false };
    }
    return undefined;
  }
}

/** Where the content ends whose line break belongs to the delimiter at `end`. */
function withoutLineBreak(bytes: string, end: number): number {
  return bytes[end - 2] === '\r' ? end - 2 : end - 1;
}

const LINE_END = /[ \t]*\r?\n/y;
const NAME = /^(content-disposition:[^\r\n]*?;[ \t]*name=)(?:"([^"\r\n]*)"|([^;\s]+))/im;

function headOf(text: string): string {
  const head = text.slice(0, LONGEST_HEAD);
  const end = head.search(/\r?\n\r?\n/);
  return end < 0 ? head : head.slice(0, end);
}

function nameOf(text: string): string | undefined {
  const found = NAME.exec(headOf(text));
  return found?.[2] ?? found?.[3];
}

function renamed(text: string, name: string): string {
  const head = headOf(text);
  return head.replace(NAME, (_, before: string) => `${before}"${quotable(name)}"`) + text.slice(head.length);
}

/** The characters that would end the name or its line, written as browsers write them. */
function quotable(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
