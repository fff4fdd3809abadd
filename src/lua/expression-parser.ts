import { Scope } from './scope.js';
import type {
  BinaryOperator,
  Block,
  Call,
  Expression,
  FunctionBody,
  Local,
  TableItem,
  UnaryOperator,
} from './syntax.js';
import type { Token } from './token.js';
import { TokenReader } from './token-reader.js';

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

/** Reads expressions, functions among them. Blocks are for the parser that extends it. */
export abstract class ExpressionParser extends TokenReader {
  protected scope = new Scope(undefined, true);

  /** The statements of a function, which is inside no loop. */
  protected abstract functionBlock(): Block;

  protected declare(name: string): Local {
    if (this.scope.isFull) throw this.unexpected('too many local variables');
    return this.scope.declare(name);
  }

  protected expressions(): Expression[] {
    const list = [this.expression()];
    while (this.accept(',')) list.push(this.expression());
    return list;
  }

  protected expression(limit = 0): Expression {
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
  protected suffixed(): Expression {
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
  protected functionBody(opened: Token, implicit: readonly string[]): FunctionBody {
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
    const scope = new Scope(around, variadic);
    this.scope = scope;
    const parameters = names.map((name) => this.declare(name));
    const block = this.functionBlock();
    this.scope = around;
    this.close('end', opened);
    return { parameters, variadic, captures: scope.captures, block, slots: scope.slots };
  }
}
