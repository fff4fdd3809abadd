import { Lexer } from './lexer.js';
import type { LuaSyntaxError } from './lua-error.js';
import type { Keyword, Punctuation, Token } from './token.js';

/** LuaJIT's own limit, and far from the depth at which our recursion would run out of stack. */
const MAX_NESTING = 200;

/** The tokens of a chunk as a parser reads them: one in hand, one to be had by looking ahead. */
export abstract class TokenReader {
  private readonly lexer: Lexer;
  protected token: Token;
  private ahead: Token | undefined;
  private depth = 0;

  protected constructor(source: string, name: string) {
    this.lexer = new Lexer(source, name);
    this.token = this.lexer.next();
  }

  protected advance(): Token {
    const { token } = this;
    this.token = this.ahead ?? this.lexer.next();
    this.ahead = undefined;
    return token;
  }

  protected peek(): Token {
    this.ahead ??= this.lexer.next();
    return this.ahead;
  }

  protected at(text: Keyword | Punctuation): boolean {
    return (this.token.kind === 'symbol' || this.token.kind === 'keyword') && this.token.text === text;
  }

  protected accept(text: Keyword | Punctuation): boolean {
    if (!this.at(text)) return false;
    this.advance();
    return true;
  }

  protected expect(text: Keyword | Punctuation): Token {
    if (!this.at(text)) throw this.unexpected(`'${text}' expected`);
    return this.advance();
  }

  /** What was opened on an earlier line says so when it is not closed. */
  protected close(text: Keyword | Punctuation, opened: Token): void {
    if (this.accept(text)) return;
    const from = opened.line === this.token.line ? '' : ` (to close '${opened.text}' at line ${opened.line})`;
    throw this.unexpected(`'${text}' expected${from}`);
  }

  protected name(): string {
    if (this.token.kind !== 'name') throw this.unexpected('<name> expected');
    return this.advance().text;
  }

  protected unexpected(message: string): LuaSyntaxError {
    return this.lexer.fault(`${message} near '${this.token.text}'`, this.token.line);
  }

  /** Runs `parse` one level deeper. */
  protected nested<T>(parse: () => T): T {
    if (++this.depth > MAX_NESTING) throw this.lexer.fault('chunk has too many syntax levels', this.token.line);
    const result = parse();
    this.depth--;
    return result;
  }
}
