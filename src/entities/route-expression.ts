import { isIP } from 'node:net';
import { translatePcre } from './pcre.js';
import { type FieldType, fieldType } from './route-expression-field.js';

/** A Route's `expression`, in Kong's router expression language (ATC), read and type-checked. */
export type RouteExpression =
  | { readonly kind: 'and' | 'or'; readonly left: RouteExpression; readonly right: RouteExpression }
  | { readonly kind: 'not'; readonly operand: RouteExpression }
  | Predicate;

export interface Predicate {
  readonly kind: 'predicate';
  readonly field: string;
  readonly type: FieldType;
  /** `lower(…)`: compared in lower case. */
  readonly lower: boolean;
  /** `any(…)`: one of several values is enough; else all must agree. */
  readonly any: boolean;
  readonly operator: Operator;
  readonly operand: Operand;
}

export type Operand =
  | { readonly type: 'String'; readonly text: string }
  | { readonly type: 'Int'; readonly number: number }
  | { readonly type: 'IpAddr'; readonly address: string }
  | { readonly type: 'IpCidr'; readonly address: string; readonly bits: number };

/** In the order in which they are tried: none begins with an earlier one. */
const OPERATORS = ['==', '!=', '~', '^=', '=^', '>=', '>', '<=', '<', 'in', 'not in', 'contains'] as const;
export type Operator = (typeof OPERATORS)[number];

/** Why an expression cannot be used, with the place: several lines, as Kong prints them. */
export interface ExpressionProblem {
  readonly problem: string;
}

/** Reads an expression. */
export function readExpression(text: string): RouteExpression | ExpressionProblem {
  try {
    return new ExpressionReader(text).read();
  } catch (error) {
    if (error instanceof Misread) return { problem: framed(text, error.at, error.message) };
    throw error;
  }
}

/** What is wrong with an expression, for the reader of a configuration; `undefined`: nothing. */
export function expressionError(text: string): string | undefined {
  const read = readExpression(text);
  return 'problem' in read ? read.problem : undefined;
}

/** The fields an expression compares; one may come more than once. */
export function fieldsIn(expression: RouteExpression): string[] {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return [...fieldsIn(expression.left), ...fieldsIn(expression.right)];
    case 'not':
      return fieldsIn(expression.operand);
    case 'predicate':
      return [expression.field];
  }
}

class Misread extends Error {
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message);
  }
}

/** Deeper nesting is no expression a person wrote. */
const DEEPEST = 200;

/** Grammar: Kong/atc-router src/atc_grammar.pest. `||` binds tighter than `&&`, as there. */
class ExpressionReader {
  private at = 0;
  private depth = 0;

  constructor(private readonly text: string) {}

  read(): RouteExpression {
    const expression = this.conjunction();
    this.skipBlank();
    if (this.at < this.text.length) this.fail('expected EOI, and_op, or or_op');
    return expression;
  }

  private conjunction(): RouteExpression {
    let left = this.disjunction();
    while (this.took('&&')) left = { kind: 'and', left, right: this.disjunction() };
    return left;
  }

  private disjunction(): RouteExpression {
    let left = this.term();
    while (this.took('||')) left = { kind: 'or', left, right: this.term() };
    return left;
  }

  private term(): RouteExpression {
    this.skipBlank();
    const start = this.at;
    const negative = this.took('!');
    if (this.took('(')) {
      if (++this.depth > DEEPEST) this.fail('parentheses are too deeply nested', start);
      const inside = this.conjunction();
      if (!this.took(')')) this.fail('expected and_op, or_op, or )');
      this.depth -= 1;
      return negative ? { kind: 'not', operand: inside } : inside;
    }
    if (negative || !/[A-Za-z]/.test(this.text[this.at] ?? '')) this.fail('expected term', start);
    return this.predicate();
  }

  private predicate(): Predicate {
    const start = this.at;
    const { field, lower, any } = this.leftSide();
    const type = fieldType(field);
    if (!type) {
      const illFormed = field.startsWith('http.path.segments.');
      return this.fail(illFormed ? 'illformed http.path.segments.* field' : `Unknown LHS field: ${field}`, start);
    }
    const operator = this.operator();
    this.skipBlank();
    const operandAt = this.at;
    const operand = this.operand();
    const mismatch = typeProblem(type, operator, operand, lower);
    if (mismatch) this.fail(mismatch, start);
    if (operator === '~' && operand.type === 'String') this.checkPattern(operand.text, operandAt);
    return { kind: 'predicate', field, type, lower, any, operator, operand };
  }

  private checkPattern(pattern: string, at: number): void {
    const translated = translatePcre(pattern, { anchored: false });
    if ('problem' in translated) this.fail(`regex parse error: ${translated.problem}`, at);
  }

  private leftSide(): { field: string; lower: boolean; any: boolean } {
    const start = this.at;
    const name = this.taken(/[A-Za-z][A-Za-z0-9_.]*/y);
    if (name === undefined) return this.fail('expected lhs');
    if (!this.took('(')) return { field: name === 'net.port' ? 'net.dst.port' : name, lower: false, any: false };
    if (name !== 'lower' && name !== 'any') this.fail(`unknown transformation function: ${name}`, start);
    if (++this.depth > DEEPEST) this.fail('parentheses are too deeply nested', start);
    this.skipBlank();
    const inside = this.leftSide();
    if (!this.took(')')) this.fail('expected )');
    this.depth -= 1;
    return { ...inside, [name]: true };
  }

  private operator(): Operator {
    this.skipBlank();
    for (const operator of OPERATORS) {
      if (operator === 'not in' ? this.taken(/not[ \t\r\n]*in/y) !== undefined : this.took(operator)) return operator;
    }
    return this.fail('expected binary_operator');
  }

  private operand(): Operand {
    const start = this.at;
    const quoted = this.taken(/"(?:[^"\\]|\\["\\nrt])*"/y);
    if (quoted !== undefined) return { type: 'String', text: unescaped(quoted.slice(1, -1)) };
    const raw = this.taken(/r#"(?:(?!"#).)*"#/sy);
    if (raw !== undefined) return { type: 'String', text: raw.slice(3, -2) };
    const range = this.taken(
      /(?:\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}|(?::|[\dA-Fa-f]{1,4}):(?:[\dA-Fa-f]{1,4}|:)*\/\d{1,3})/y,
    );
    if (range !== undefined) return this.range(range, start);
    const address = this.taken(/(?:\d{1,3}(?:\.\d{1,3}){3}|(?::|[\dA-Fa-f]{1,4}):(?:[\dA-Fa-f]{1,4}|:)*)/y);
    if (address !== undefined) {
      if (isIP(address) === 0) this.fail('invalid IP address syntax', start);
      return { type: 'IpAddr', address };
    }
    const digits = this.taken(/-?(?:0x[\dA-Fa-f]+|0[0-7]+|\d+)/y);
    if (digits !== undefined) return this.number(digits, start);
    return this.fail('expected rhs');
  }

  private range(text: string, start: number): Operand {
    const [address, bits] = text.split('/') as [string, string];
    const family = isIP(address);
    if (family === 0) this.fail("couldn't parse address in network: invalid IP address syntax", start);
    if (Number(bits) > (family === 4 ? 32 : 128)) this.fail('invalid length for network', start);
    return { type: 'IpCidr', address, bits: Number(bits) };
  }

  private number(text: string, start: number): Operand {
    const digits = text.replace('-', '');
    const octal = /^0[0-7]+$/.test(digits);
    const magnitude = Number(octal ? `0o${digits.slice(1)}` : digits);
    if (!Number.isSafeInteger(magnitude)) this.fail('number too large to fit in target type', start);
    return { type: 'Int', number: text.startsWith('-') ? -magnitude : magnitude };
  }

  private skipBlank(): void {
    this.taken(/[ \t\r\n]+/y);
  }

  private took(symbol: string): boolean {
    this.skipBlank();
    if (!this.text.startsWith(symbol, this.at)) return false;
    this.at += symbol.length;
    return true;
  }

  private taken(form: RegExp): string | undefined {
    form.lastIndex = this.at;
    const text = form.exec(this.text)?.[0];
    this.at += text?.length ?? 0;
    return text;
  }

  private fail(message: string, at = this.at): never {
    throw new Misread(message, at);
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
const unescaped = (text: string): string => text.replace(/\\(.)/g, (_, letter: string) => ESCAPES[letter] ?? letter);

/** Texts: Kong/atc-router src/semantics.rs. */
function typeProblem(type: FieldType, operator: Operator, operand: Operand, lower: boolean): string | undefined {
  const checkedByItself = operator === '~' || operator === 'in' || operator === 'not in';
  if (operator === '~' && operand.type !== 'String') return 'regex operator can only be used with String operands';
  if (!checkedByItself && type !== operand.type) {
    return 'Type mismatch between the LHS and RHS values of predicate';
  }
  if (lower && type !== 'String') {
    return 'lower-case transformation function only supported with String type fields';
  }
  switch (operator) {
    case '==':
    case '!=':
      return undefined;
    case '~':
      return type === 'String' ? undefined : 'Regex operators only supports string operands';
    case '^=':
    case '=^':
      return type === 'String' ? undefined : 'Prefix/Postfix operators only supports string operands';
    case '>':
    case '>=':
    case '<':
    case '<=':
      if (type === 'Int') return undefined;
      return 'Greater/GreaterOrEqual/Less/LessOrEqual operators only supports integer operands';
    case 'in':
    case 'not in':
      if (type === 'IpAddr' && operand.type === 'IpCidr') return undefined;
      return 'In/NotIn operators only supports IP in CIDR';
    case 'contains':
      return type === 'String' ? undefined : 'Contains operator only supports string operands';
  }
}

/** The line with a mark under the place, in the form Kong's expression parser prints. */
function framed(text: string, at: number, message: string): string {
  const before = text.slice(0, at).split('\n');
  const line = before.length;
  const column = Array.from(before.at(-1) as string).length + 1;
  const source = text.split('\n')[line - 1] as string;
  const margin = ' '.repeat(String(line).length);
  return [
    `${margin}--> ${line}:${column}`,
    `${margin} |`,
    `${line} | ${source}`,
    `${margin} | ${' '.repeat(column - 1)}^---`,
    `${margin} |`,
    `${margin} = ${message}`,
  ].join('\n');
}
