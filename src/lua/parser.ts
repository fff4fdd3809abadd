import { ExpressionParser } from './expression-parser.js';
import type { Assignable, Block, Expression, FunctionBody, Statement } from './syntax.js';
import type { Token } from './token.js';

const BLOCK_ENDS = new Set(['end', 'else', 'elseif', 'until', '<eof>']);

/** Recursive descent over Lua 5.1. One parser reads one chunk. */
export class Parser extends ExpressionParser {
  /** Loops around the statement being read, within its function. */
  private loops = 0;

  /** The chunk as a function without parameters. `source` is bytes, one character each. Throws LuaSyntaxError. */
  static parse(source: string, name: string): FunctionBody {
    const parser = new Parser(source, name);
    const block = parser.block();
    if (parser.token.kind !== 'end') throw parser.unexpected(`'<eof>' expected`);
    const { captures, slots } = parser.scope;
    return { parameters: [], variadic: true, captures, block, slots };
  }

  protected functionBlock(): Block {
    const around = this.loops;
    this.loops = 0;
    const block = this.block();
    this.loops = around;
    return block;
  }

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
}
