import { byteString } from '../entities/byte-string.js';
import { LuaSyntaxError } from './lua-error.js';
import { numberOfText } from './lua-text.js';
import { KEYWORDS, type Keyword, SYMBOLS, type Token } from './token.js';

const keywords = new Set<string>(KEYWORDS);
const isKeyword = (text: string): text is Keyword => keywords.has(text);

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
  '\n': '\n',
};

/** Source text as tokens. Lua 5.1, with LuaJIT's escapes `\x`, `\z` and `\u{…}`. */
export class Lexer {
  private position = 0;
  private line = 1;

  /** `source` is bytes, one character each. `name` stands in front of messages. */
  constructor(
    private readonly source: string,
    private readonly name: string,
  ) {}

  next(): Token {
    this.skipBlanks();
    const { line, source } = this;
    if (this.position >= source.length) return { kind: 'end', text: '<eof>', line };
    const word = this.take(/[A-Za-z_][A-Za-z0-9_]*/y);
    if (word !== undefined) {
      return isKeyword(word) ? { kind: 'keyword', text: word, line } : { kind: 'name', text: word, line };
    }
    const digits = this.take(/\.?\d(?:[eE][-+]|[A-Za-z0-9_.])*/y);
    if (digits !== undefined) return this.number(digits, line);
    const quote = source[this.position];
    if (quote === '"' || quote === "'") return { kind: 'string', text: this.quoted(quote), line };
    const long = this.longBracket();
    if (long !== undefined) return { kind: 'string', text: long, line };
    for (const text of SYMBOLS) {
      if (!source.startsWith(text, this.position)) continue;
      this.position += text.length;
      return { kind: 'symbol', text, line };
    }
    throw this.fault(`unexpected symbol near '${source[this.position]}'`);
  }

  fault(message: string, line = this.line): LuaSyntaxError {
    return new LuaSyntaxError(`${this.name}:${line}: ${message}`);
  }

  /** What the sticky pattern finds here. */
  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.source)?.[0];
    if (found !== undefined) this.position += found.length;
    return found;
  }

  private skipBlanks(): void {
    for (;;) {
      const blanks = this.take(/\s+/y);
      if (blanks !== undefined) this.countLines(blanks);
      if (!this.source.startsWith('--', this.position)) return;
      this.position += 2;
      if (this.longBracket() === undefined) this.take(/[^\n]*/y);
    }
  }

  private countLines(text: string): void {
    for (const character of text) if (character === '\n') this.line++;
  }

  private number(text: string, line: number): Token {
    const value = numberOfText(text);
    if (value === undefined) throw this.fault(`malformed number near '${text}'`);
    return { kind: 'number', text, value, line };
  }

  /** `[[ … ]]`, `[==[ … ]==]`; a line break right after the opening does not count. */
  private longBracket(): string | undefined {
    const opening = this.take(/\[=*\[/y);
    if (opening === undefined) return undefined;
    const closing = opening.replaceAll('[', ']');
    const end = this.source.indexOf(closing, this.position);
    if (end < 0) throw this.fault(`unfinished long string near '<eof>'`);
    const text = this.source.slice(this.position, end);
    this.position = end + closing.length;
    this.countLines(text);
    return text.replaceAll('\r\n', '\n').replace(/^\n/, '');
  }

  private quoted(quote: string): string {
    this.position++;
    let text = '';
    for (;;) {
      text += this.take(/[^\\'"\n]+/y) ?? '';
      const character = this.source[this.position];
      if (character === undefined || character === '\n') throw this.fault(`unfinished string near '${quote}${text}'`);
      this.position++;
      if (character === quote) return text;
      text += character === '\\' ? this.escape() : character;
    }
  }

  private escape(): string {
    const code = this.take(/\d{1,3}/y);
    if (code !== undefined) {
      if (Number(code) > 255) throw this.fault(`escape sequence too large near '\\${code}'`);
      return String.fromCharCode(Number(code));
    }
    const hexadecimal = this.take(/x[0-9a-fA-F]{2}/y);
    if (hexadecimal !== undefined) return String.fromCharCode(Number.parseInt(hexadecimal.slice(1), 16));
    const blanks = this.take(/z\s*/y);
    if (blanks !== undefined) {
      this.countLines(blanks);
      return '';
    }
    const point = this.take(/u\{[0-9a-fA-F]+\}/y);
    if (point !== undefined) return this.utf8(Number.parseInt(point.slice(2), 16));
    const character = this.source[this.position++] ?? '';
    if (character === '\n') this.line++;
    const meant = ESCAPES[character];
    // Lua 5.1 takes any other character after a backslash for itself; LuaJIT refuses it.
    if (meant === undefined) throw this.invalidEscape();
    return meant;
  }

  private utf8(codePoint: number): string {
    if (codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint < 0xe000)) throw this.invalidEscape();
    return byteString(String.fromCodePoint(codePoint));
  }

  private invalidEscape(): LuaSyntaxError {
    return this.fault(`invalid escape sequence near '"'`);
  }
}
