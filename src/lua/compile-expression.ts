import type { Frame } from './frame.js';
import { isTrue, type LuaFunction, LuaTable, type LuaValue, SLOT_BYTES } from './lua-value.js';
import {
  ARITHMETIC,
  type ArithmeticOperator,
  assignIndex,
  call,
  concatenate,
  index,
  isLess,
  isLessOrEqual,
  length,
  operand,
  type Site,
  type StringMethods,
} from './operations.js';
import type { BinaryOperator, Call, Expression, FunctionBody, TableItem, UnaryOperator } from './syntax.js';

/** An expression made ready: called once per evaluation. */
export type Evaluate = (frame: Frame) => LuaValue;
/** One that may have any number of values. */
export type EvaluateAll = (frame: Frame) => readonly LuaValue[];
export type MakeFunction = (frame: Frame) => LuaFunction;

/** What a chunk's expressions share. */
export interface Chunk {
  readonly name: string;
  readonly methods: StringMethods;
  functionOf(body: FunctionBody): MakeFunction;
}

export function siteOf(chunk: Chunk, line: number, subject: Expression | undefined): Site {
  return { place: `${chunk.name}:${line}:`, subject: subject === undefined ? '' : subjectOf(subject) };
}

function subjectOf(expression: Expression): string {
  switch (expression.kind) {
    case 'local':
      return `local '${expression.local.name}'`;
    case 'captured':
      return `upvalue '${expression.name}'`;
    case 'global':
      return `global '${expression.name}'`;
    case 'index':
      return expression.key.kind === 'constant' && typeof expression.key.value === 'string'
        ? `field '${expression.key.value}'`
        : '';
    default:
      return '';
  }
}

/** Turns expressions into closures, so that evaluating one costs no look at its syntax. */
export function compileExpression(expression: Expression, chunk: Chunk): Evaluate {
  switch (expression.kind) {
    case 'constant': {
      const { value } = expression;
      return () => value;
    }
    case 'variadic':
      return (frame) => frame.variadic[0];
    case 'function':
      return chunk.functionOf(expression.body);
    case 'local': {
      const { slot } = expression.local;
      return expression.local.captured ? (frame) => frame.cell(slot).value : (frame) => frame.slots[slot];
    }
    case 'captured': {
      const at = expression.index;
      return (frame) => frame.captures[at]?.value;
    }
    case 'global': {
      const { name } = expression;
      return (frame) => frame.globals.get(name);
    }
    case 'index': {
      const object = compileExpression(expression.object, chunk);
      const key = compileExpression(expression.key, chunk);
      const site = siteOf(chunk, expression.line, expression.object);
      return (frame) => index(object(frame), key(frame), chunk.methods, site);
    }
    case 'call':
    case 'method-call': {
      const all = compileCall(expression, chunk);
      return (frame) => all(frame)[0];
    }
    case 'single':
      return compileExpression(expression.of, chunk);
    case 'unary':
      return compileUnary(
        expression.operator,
        expression.operand,
        siteOf(chunk, expression.line, expression.operand),
        chunk,
      );
    case 'binary':
      return compileBinary(expression.operator, expression.left, expression.right, expression.line, chunk);
    case 'table':
      return compileTable(expression.items, chunk);
  }
}

/** Several expressions as one list; the last may add any number of values. */
export function compileList(expressions: readonly Expression[], chunk: Chunk): EvaluateAll {
  const last = expressions.at(-1);
  const rest = last === undefined ? undefined : compileAll(last, chunk);
  const singles = (rest ? expressions.slice(0, -1) : expressions).map((each) => compileExpression(each, chunk));
  const values = (frame: Frame): LuaValue[] => {
    const list: LuaValue[] = [];
    for (const evaluate of singles) list.push(evaluate(frame));
    return list;
  };
  if (!rest) return values;
  return singles.length === 0 ? rest : (frame) => [...values(frame), ...rest(frame)];
}

/** All values of an expression that may have several; `undefined` for one that has just one. */
function compileAll(expression: Expression, chunk: Chunk): EvaluateAll | undefined {
  switch (expression.kind) {
    case 'variadic':
      return (frame) => frame.variadic;
    case 'call':
    case 'method-call':
      return compileCall(expression, chunk);
    default:
      return undefined;
  }
}

export function compileCall(expression: Call, chunk: Chunk): EvaluateAll {
  const args = compileList(expression.args, chunk);
  if (expression.kind === 'call') {
    const callee = compileExpression(expression.callee, chunk);
    const site = siteOf(chunk, expression.line, expression.callee);
    return (frame) => call(callee(frame), args(frame), frame.run, site);
  }
  const { method, line } = expression;
  const object = compileExpression(expression.object, chunk);
  const objectSite = siteOf(chunk, line, expression.object);
  const site: Site = { place: objectSite.place, subject: `method '${method}'` };
  return (frame) => {
    const self = object(frame);
    const callee = index(self, method, chunk.methods, objectSite);
    return call(callee, [self, ...args(frame)], frame.run, site);
  };
}

function compileUnary(operator: UnaryOperator, of: Expression, site: Site, chunk: Chunk): Evaluate {
  const evaluate = compileExpression(of, chunk);
  switch (operator) {
    case 'not':
      return (frame) => !isTrue(evaluate(frame));
    case '-':
      return (frame) => -operand(evaluate(frame), site);
    case '#':
      return (frame) => length(evaluate(frame), site);
  }
}

function compileBinary(
  operator: BinaryOperator,
  one: Expression,
  other: Expression,
  line: number,
  chunk: Chunk,
): Evaluate {
  const left = compileExpression(one, chunk);
  const right = compileExpression(other, chunk);
  const leftSite = siteOf(chunk, line, one);
  const rightSite = siteOf(chunk, line, other);
  const { place } = leftSite;
  switch (operator) {
    case 'and':
      return (frame) => {
        const value = left(frame);
        return isTrue(value) ? right(frame) : value;
      };
    case 'or':
      return (frame) => {
        const value = left(frame);
        return isTrue(value) ? value : right(frame);
      };
    case '==':
      return (frame) => left(frame) === right(frame);
    case '~=':
      return (frame) => left(frame) !== right(frame);
    case '<':
      return (frame) => isLess(left(frame), right(frame), place);
    case '<=':
      return (frame) => isLessOrEqual(left(frame), right(frame), place);
    case '>':
      return (frame) => {
        const value = left(frame);
        return isLess(right(frame), value, place);
      };
    case '>=':
      return (frame) => {
        const value = left(frame);
        return isLessOrEqual(right(frame), value, place);
      };
    case '..':
      return (frame) => concatenate(left(frame), right(frame), frame.run, leftSite, rightSite);
    default:
      return compileArithmetic(operator, left, right, leftSite, rightSite);
  }
}

function compileArithmetic(
  operator: ArithmeticOperator,
  left: Evaluate,
  right: Evaluate,
  leftSite: Site,
  rightSite: Site,
): Evaluate {
  const compute = ARITHMETIC[operator];
  return (frame) => {
    const one = left(frame);
    const other = right(frame);
    return compute(operand(one, leftSite), operand(other, rightSite));
  };
}

function compileTable(items: readonly TableItem[], chunk: Chunk): Evaluate {
  const listed = items.filter((item) => item.kind === 'listed').map(({ value }) => value);
  const list = compileList(listed, chunk);
  const keyed = items
    .filter((item) => item.kind === 'keyed')
    .map(({ key, value, line }) => ({
      key: compileExpression(key, chunk),
      value: compileExpression(value, chunk),
      site: siteOf(chunk, line, undefined),
    }));
  return (frame) => {
    const values = list(frame);
    frame.run.allocate(SLOT_BYTES * (1 + values.length));
    const table = LuaTable.ofList(values);
    for (const { key, value, site } of keyed) {
      assignIndex(table, key(frame), value(frame), frame.run, site);
    }
    return table;
  };
}
