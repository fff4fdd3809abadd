import { Lexer } from './lexer.js';
import type { LuaSyntaxError } from './lua-error.js';
import { Scope } from './scope.js';
import type {
  Assignable,
  BinaryOperator,
  Block,
  Call,
  Expression,
  FunctionBody,
  Local,
  Statement,
  TableItem,
  UnaryOperator,
} from './syntax.js';
import type { Keyword, Punctuation, Token } from './token.js';

/** LuaJIT's own limit, and far from the depth at which our recursion would run out of stack. */
const MAX_NESTING = 200;

/** `[left, right]` binding powers; a right one below the left makes the operator right-associative. */
const BINARY: Readonly<Record<BinaryOperator, readonly [number, number]>> = {
  or: [1, 1],
  and: [2, 2],
  '<': [3, 3],
  '>': [3, 3],
  '<=': [3, 3],
  '>=': [3, 3],
  '~=': [3, 3],
  '==': [3, 3],
  '..': [5, 4],
  '+': [6, 6],
  '-': [6, 6],
  '*': [7, 7],
  '/': [7, 7],
  '%': [7, 7],
  '^': [10, 9],
};
const UNARY_POWER = 8;
const UNARY = new Set<string>(['-', 'not', '#'] satisfies UnaryOperator[]);

const isOperator = (token: Token, table: { has(text: string): boolean }) =>
  (token.kind === 'symbol' || token.kind === 'keyword') && table.has(token.text);
const binaryOperators = new Map(Object.entries(BINARY));

const BLOCK_ENDS = new Set(['end', 'else', 'elseif', 'until', '<eof>']);

/** Recursive descent over Lua 5.1. One parser reads one chunk. */
export class Parser {
  private readonly lexer: Lexer;
  private token: Token;
  private ahead: Token | undefined;
  private scope = new Scope(undefined, true);
  private depth = 0;
  private loops = 0;

  private constructor(source: string, name: string) {
    this.lexer = new Lexer(source, name);
    this.token = this.lexer.next();
  }

  /** The chunk as a function without parameters. Throws LuaSyntaxError. */
  static parse(source: string, name: string): FunctionBody {
    const parser = new Parser(source, name);
    const block = parser.block();
    if (parser.token.kind !== 'end') throw parser.unexpected(`'<eof>' expected`);
    const { captures, slots } = parser.scope;
    return { parameters: [], variadic: true, captures, block, slots };
  }

  // -- tokens

  private advance(): Token {
    const { token } = this;
    this.token = this.ahead ?? this.lexer.next();
    this.ahead = undefined;
    return token;
  }

  private peek(): Token {
    this.ahead ??= this.lexer.next();
    return this.ahead;
  }

  private at(text: Keyword | Punctuation): boolean {
    return (this.token.kind === 'symbol' || this.token.kind === 'keyword') && this.token.text === text;
  }

  private accept(text: Keyword | Punctuation): boolean {
    if (!this.at(text)) return false;
    this.advance();
    return true;
  }

  private expect(text: Keyword | Punctuation): Token {
    if (!this.at(text)) throw this.unexpected(`'${text}' expected`);
    return this.advance();
  }

  /** What was opened on an earlier line says so when it is not closed. */
  private close(text: Keyword | Punctuation, opened: Token): void {
    if (this.accept(text)) return;
    const from = opened.line === this.token.line ? '' : ` (to close '${opened.text}' at line ${opened.line})`;
    throw this.unexpected(`'${text}' expected${from}`);
  }

  private name(): string {
    if (this.token.kind !== 'name') throw this.unexpected('<name> expected');
    return this.advance().text;
  }

  private unexpected(message: string): LuaSyntaxError {
    return this.lexer.fault(`${message} near '${this.token.text}'`, this.token.line);
  }

  /** Runs `parse` one level deeper. */
  private nested<T>(parse: () => T): T {
    if (++this.depth > MAX_NESTING) throw this.lexer.fault('chunk has too many syntax levels', this.token.line);
    const result = parse();
    this.depth--;
    return result;
  }

  // -- statements

  private block(): Block {
    const mark = this.scope.open();
    const statements = this.statements();
    this.scope.close(mark);
    return statements;
  }

  private statements(): Statement[] {
    const statements: Statement[] = [];
    while (!this.atBlockEnd()) {
      const last = this.at('return') || this.at('break');
      statements.push(this.nested(() => this.statement()));
      this.accept(';');
      if (last) break;
    }
    return statements;
  }

  private atBlockEnd(): boolean {
    return this.token.kind !== 'string' && BLOCK_ENDS.has(this.token.text);
  }

  private loopBlock(): Block {
    this.loops++;
    const block = this.block();
    this.loops--;
    return block;
  }

  private declare(name: string): Local {
    if (this.scope.isFull) throw this.unexpected('too many local variables');
    return this.scope.declare(name);
  }

  private statement(): Statement {
    const { token } = this;
    if (token.kind !== 'keyword') return this.expressionStatement();
    switch (token.text) {
      case 'if':
        return this.ifStatement();
      case 'while':
        return this.whileStatement();
      case 'do': {
        this.advance();
        const block = this.block();
        this.close('end', token);
        return { kind: 'do', block };
      }
      case 'for':
        return this.forStatement();
      case 'repeat':
        return this.repeatStatement();
      case 'function':
        return this.functionStatement();
      case 'local':
        this.advance();
        return this.accept('function') ? this.localFunction(token) : this.localStatement();
      case 'return':
        this.advance();
        return { kind: 'return', values: this.at(';') || this.atBlockEnd() ? [] : this.expressions() };
      case 'break':
        if (this.loops === 0) throw this.unexpected('no loop to break');
        this.advance();
        return { kind: 'break' };
      default:
        throw this.unexpected('unexpected symbol');
    }
  }

  private ifStatement(): Statement {
    const opened = this.token;
    const branches: { condition: Expression; block: Block }[] = [];
    let otherwise: Block | undefined;
    do {
      this.advance();
      const condition = this.expression();
      this.expect('then');
      branches.push({ condition, block: this.block() });
    } while (this.at('elseif'));
    if (this.accept('else')) otherwise = this.block();
    this.close('end', opened);
    return { kind: 'if', branches, otherwise };
  }

  private whileStatement(): Statement {
    const opened = this.advance();
    const condition = this.expression();
    this.expect('do');
    const block = this.loopBlock();
    this.close('end', opened);
    return { kind: 'while', condition, block };
  }

  private repeatStatement(): Statement {
    const opened = this.advance();
    const mark = this.scope.open();
    this.loops++;
    const block = this.statements();
    this.loops--;
    this.close('until', opened);
    // The condition still sees the block's locals.
    const until = this.expression();
    this.scope.close(mark);
    return { kind: 'repeat', block, until };
  }

  private forStatement(): Statement {
    const opened = this.advance();
    const first = this.name();
    const mark = this.scope.open();
    const statement = this.at('=') ? this.numericFor(first, opened) : this.genericFor(first, opened);
    this.scope.close(mark);
    return statement;
  }

  private numericFor(name: string, opened: Token): Statement {
    this.advance();
    const start = this.expression();
    this.expect(',');
    const limit = this.expression();
    const step = this.accept(',') ? this.expression() : undefined;
    this.expect('do');
    const local = this.declare(name);
    const block = this.loopBlock();
    this.close('end', opened);
    return { kind: 'numeric-for', local, start, limit, step, block, line: opened.line };
  }

  private genericFor(first: string, opened: Token): Statement {
    const names = [first];
    while (this.accept(',')) names.push(this.name());
    this.expect('in');
    const values = this.expressions();
    this.expect('do');
    const locals = names.map((name) => this.declare(name));
    const block = this.loopBlock();
    this.close('end', opened);
    return { kind: 'generic-for', locals, values, block, line: opened.line };
  }

  /** `function a.b:c() … end` is an assignment to `a.b.c`. */
  private functionStatement(): Statement {
    const opened = this.advance();
    let target: Assignable = this.scope.resolve(this.name(), opened.line);
    let method = false;
    while (!method && (this.at('.') || this.at(':'))) {
      method = this.at(':');
      this.advance();
      target = { kind: 'index', object: target, key: { kind: 'constant', value: this.name() }, line: opened.line };
    }
    const body = this.functionBody(opened, method ? ['self'] : []);
    return { kind: 'assign', targets: [target], values: [{ kind: 'function', body }] };
  }

  private localFunction(opened: Token): Statement {
    const local = this.declare(this.name());
    return { kind: 'local-function', local, body: this.functionBody(opened, []) };
  }

  private localStatement(): Statement {
    const names = [this.name()];
    while (this.accept(',')) names.push(this.name());
    const values = this.accept('=') ? this.expressions() : [];
    // Only now: the values still see what these names meant before.
    return { kind: 'local', locals: names.map((name) => this.declare(name)), values };
  }

  private expressionStatement(): Statement {
    const first = this.suffixed();
    if (first.kind === 'call' || first.kind === 'method-call') return { kind: 'call', call: first };
    const targets = [this.assignable(first)];
    while (this.accept(',')) targets.push(this.assignable(this.suffixed()));
    this.expect('=');
    return { kind: 'assign', targets, values: this.expressions() };
  }

  private assignable(expression: Expression): Assignable {
    switch (expression.kind) {
      case 'local':
      case 'captured':
      case 'global':
      case 'index':
        return expression;
      default:
        throw this.unexpected('syntax error');
    }
  }

  // -- expressions

  private expressions(): Expression[] {
    const list = [this.expression()];
    while (this.accept(',')) list.push(this.expression());
    return list;
  }

  private expression(limit = 0): Expression {
    return this.nested(() => {
      let left = this.operand();
      for (;;) {
        const { token } = this;
        if (!isOperator(token, binaryOperators)) return left;
        const operator = token.text as BinaryOperator;
        const [power, rightPower] = BINARY[operator];
        if (power <= limit) return left;
        this.advance();
        left = { kind: 'binary', operator, left, right: this.expression(rightPower), line: token.line };
      }
    });
  }

  private operand(): Expression {
    const { token } = this;
    if (!isOperator(token, UNARY)) return this.simple();
    this.advance();
    return {
      kind: 'unary',
      operator: token.text as UnaryOperator,
      operand: this.expression(UNARY_POWER),
      line: token.line,
    };
  }

  private simple(): Expression {
    const { token } = this;
    switch (token.kind) {
      case 'number':
        this.advance();
        return { kind: 'constant', value: token.value };
      case 'string':
        this.advance();
        return { kind: 'constant', value: token.text };
      case 'keyword':
        switch (token.text) {
          case 'nil':
            this.advance();
            return { kind: 'constant', value: undefined };
          case 'true':
          case 'false':
            this.advance();
            return { kind: 'constant', value: token.text === 'true' };
          case 'function':
            this.advance();
            return { kind: 'function', body: this.functionBody(token, []) };
          default:
            throw this.unexpected('unexpected symbol');
        }
      default:
        break;
    }
    if (this.at('{')) return this.table();
    if (!this.at('...')) return this.suffixed();
    if (!this.scope.variadic) throw this.unexpected(`cannot use '...' outside a vararg function`);
    this.advance();
    return { kind: 'variadic' };
  }

  /** A name or something in parentheses, and what is reached from there: `a.b["c"]:d(e)`. */
  private suffixed(): Expression {
    let expression = this.primary();
    for (;;) {
      const { token } = this;
      if (this.accept('.')) {
        const key = { kind: 'constant', value: this.name() } as const;
        expression = { kind: 'index', object: expression, key, line: token.line };
      } else if (this.accept('[')) {
        const key = this.expression();
        this.expect(']');
        expression = { kind: 'index', object: expression, key, line: token.line };
      } else if (this.accept(':')) {
        const method = this.name();
        expression = { kind: 'method-call', object: expression, method, args: this.args(), line: token.line };
      } else if (this.at('(') || this.at('{') || token.kind === 'string') {
        expression = this.call(expression, token);
      } else return expression;
    }
  }

  private call(callee: Expression, { line }: Token): Call {
    return { kind: 'call', callee, args: this.args(), line };
  }

  private primary(): Expression {
    const { token } = this;
    if (token.kind === 'name') return this.scope.resolve(this.advance().text, token.line);
    if (!this.accept('(')) throw this.unexpected('unexpected symbol');
    const of = this.expression();
    this.close(')', token);
    return { kind: 'single', of };
  }

  private args(): Expression[] {
    const { token } = this;
    if (token.kind === 'string') {
      this.advance();
      return [{ kind: 'constant', value: token.text }];
    }
    if (this.at('{')) return [this.table()];
    if (!this.accept('(')) throw this.unexpected('function arguments expected');
    if (this.accept(')')) return [];
    const list = this.expressions();
    this.close(')', token);
    return list;
  }

  private table(): Expression {
    const opened = this.advance();
    const items: TableItem[] = [];
    while (!this.at('}')) {
      items.push(this.tableItem());
      if (!this.accept(',') && !this.accept(';')) break;
    }
    this.close('}', opened);
    return { kind: 'table', items };
  }

  private tableItem(): TableItem {
    const { line } = this.token;
    if (this.accept('[')) {
      const key = this.expression();
      this.expect(']');
      this.expect('=');
      return { kind: 'keyed', key, value: this.expression(), line };
    }
    const next = this.token.kind === 'name' ? this.peek() : undefined;
    if (next?.kind !== 'symbol' || next.text !== '=') return { kind: 'listed', value: this.expression() };
    const key = { kind: 'constant', value: this.name() } as const;
    this.advance();
    return { kind: 'keyed', key, value: this.expression(), line };
  }

  /** From the parameters to `end`; `implicit` names come first. */
  private functionBody(opened: Token, implicit: readonly string[]): FunctionBody {
    this.expect('(');
    const names = [...implicit];
    let variadic = false;
    if (!this.at(')')) {
      do {
        variadic = this.accept('...');
        if (!variadic) names.push(this.name());
      } while (!variadic && this.accept(','));
    }
    this.expect(')');
    const around = this.scope;
    const loopsAround = this.loops;
    const scope = new Scope(around, variadic);
    this.scope = scope;
    this.loops = 0;
    const parameters = names.map((name) => this.declare(name));
    const block = this.block();
    this.scope = around;
    this.loops = loopsAround;
    this.close('end', opened);
    return { parameters, variadic, captures: scope.captures, block, slots: scope.slots };
  }
}
