import {
  type Chunk,
  compileCall,
  compileExpression,
  compileList,
  type Evaluate,
  siteOf,
} from './compile-expression.js';
import type { Frame } from './frame.js';
import { LuaError } from './lua-error.js';
import { arithmeticNumber } from './lua-text.js';
import { isTrue, type LuaValue } from './lua-value.js';
import { assignIndex, call } from './operations.js';
import type { Assignable, Block, Expression, Local, Statement } from './syntax.js';

/** How a statement ended: it went on, left its loop, or returned these values. */
export type Completion = undefined | 'break' | readonly LuaValue[];
export type Execute = (frame: Frame) => Completion;

export function compileBlock(block: Block, chunk: Chunk): Execute {
  const statements = block.map((statement) => compileStatement(statement, chunk));
  const [only] = statements;
  if (only && statements.length === 1) return only;
  return (frame) => {
    for (const execute of statements) {
      const completion = execute(frame);
      if (completion !== undefined) return completion;
    }
    return undefined;
  };
}

/** A local's declaration: gives it its first value. */
export function compileDeclaration({ slot, captured }: Local): (frame: Frame, value: LuaValue) => void {
  return captured
    ? (frame, value) => frame.makeCell(slot, value)
    : (frame, value) => {
        frame.slots[slot] = value;
      };
}

function compileStatement(statement: Statement, chunk: Chunk): Execute {
  switch (statement.kind) {
    case 'local':
      return compileLocals(statement.locals, statement.values, chunk);
    case 'local-function': {
      const declare = compileDeclaration(statement.local);
      const assign = compileAssignment({ kind: 'local', local: statement.local, line: 0 }, chunk);
      const make = chunk.functionOf(statement.body);
      return (frame) => {
        // Declared first: the function may call itself.
        declare(frame, undefined);
        assign(frame)(make(frame));
        return undefined;
      };
    }
    case 'assign':
      return compileAssign(statement.targets, statement.values, chunk);
    case 'call': {
      const evaluate = compileCall(statement.call, chunk);
      return (frame) => {
        evaluate(frame);
        return undefined;
      };
    }
    case 'do':
      return compileBlock(statement.block, chunk);
    case 'while':
      return compileWhile(statement.condition, statement.block, chunk);
    case 'repeat':
      return compileRepeat(statement.block, statement.until, chunk);
    case 'if':
      return compileIf(statement, chunk);
    case 'numeric-for':
      return compileNumericFor(statement, chunk);
    case 'generic-for':
      return compileGenericFor(statement, chunk);
    case 'return': {
      const values = compileList(statement.values, chunk);
      return (frame) => values(frame);
    }
    case 'break':
      return () => 'break';
  }
}

function compileLocals(locals: readonly Local[], expressions: readonly Expression[], chunk: Chunk): Execute {
  const values = compileList(expressions, chunk);
  const declarations = locals.map(compileDeclaration);
  return (frame) => {
    const list = values(frame);
    for (const [index, declare] of declarations.entries()) declare(frame, list[index]);
    return undefined;
  };
}

/** Evaluates what a target consists of, and answers with what puts a value there. */
function compileAssignment(target: Assignable, chunk: Chunk): (frame: Frame) => (value: LuaValue) => void {
  switch (target.kind) {
    case 'local': {
      const { slot, captured } = target.local;
      if (captured) {
        return (frame) => (value) => {
          frame.cell(slot).value = value;
        };
      }
      return (frame) => (value) => {
        frame.slots[slot] = value;
      };
    }
    case 'captured':
      return (frame) => (value) => {
        const cell = frame.captures[target.index];
        if (cell) cell.value = value;
      };
    case 'global':
      return (frame) => (value) => {
        frame.run.place = `${chunk.name}:${target.line}:`;
        frame.globals.set(target.name, value);
      };
    case 'index': {
      const object = compileExpression(target.object, chunk);
      const key = compileExpression(target.key, chunk);
      const site = siteOf(chunk, target.line, target.object);
      return (frame) => {
        const where = object(frame);
        const under = key(frame);
        return (value) => assignIndex(where, under, value, frame.run, site);
      };
    }
  }
}

function compileAssign(targets: readonly Assignable[], expressions: readonly Expression[], chunk: Chunk): Execute {
  const values = compileList(expressions, chunk);
  const assignments = targets.map((target) => compileAssignment(target, chunk));
  return (frame) => {
    frame.run.step();
    // All targets and values first: `a, b = b, a` swaps.
    const puts = assignments.map((assignment) => assignment(frame));
    const list = values(frame);
    for (const [index, put] of puts.entries()) put(list[index]);
    return undefined;
  };
}

function compileWhile(condition: Expression, block: Block, chunk: Chunk): Execute {
  const holds = compileExpression(condition, chunk);
  const body = compileBlock(block, chunk);
  return (frame) => {
    while (isTrue(holds(frame))) {
      frame.run.step();
      const completion = body(frame);
      if (completion === 'break') break;
      if (completion !== undefined) return completion;
    }
    return undefined;
  };
}

function compileRepeat(block: Block, until: Expression, chunk: Chunk): Execute {
  const body = compileBlock(block, chunk);
  const done = compileExpression(until, chunk);
  return (frame) => {
    do {
      frame.run.step();
      const completion = body(frame);
      if (completion === 'break') break;
      if (completion !== undefined) return completion;
    } while (!isTrue(done(frame)));
    return undefined;
  };
}

type Of<Kind extends Statement['kind']> = Extract<Statement, { kind: Kind }>;

function compileIf({ branches, otherwise }: Of<'if'>, chunk: Chunk): Execute {
  const compiled = branches.map(({ condition, block }) => ({
    holds: compileExpression(condition, chunk),
    body: compileBlock(block, chunk),
  }));
  const last = otherwise && compileBlock(otherwise, chunk);
  return (frame) => {
    frame.run.step();
    for (const { holds, body } of compiled) if (isTrue(holds(frame))) return body(frame);
    return last?.(frame);
  };
}

function compileNumericFor({ local, start, limit, step, block, line }: Of<'numeric-for'>, chunk: Chunk): Execute {
  const { place } = siteOf(chunk, line, undefined);
  const bound = (evaluate: Evaluate, what: string) => (frame: Frame) => {
    const value = arithmeticNumber(evaluate(frame));
    if (value === undefined) throw new LuaError(`${place} 'for' ${what} must be a number`);
    return value;
  };
  const first = bound(compileExpression(start, chunk), 'initial value');
  const last = bound(compileExpression(limit, chunk), 'limit');
  const by = bound(step ? compileExpression(step, chunk) : () => 1, 'step');
  const declare = compileDeclaration(local);
  const body = compileBlock(block, chunk);
  return (frame) => {
    let value = first(frame);
    const end = last(frame);
    const increment = by(frame);
    for (; increment > 0 ? value <= end : value >= end; value += increment) {
      frame.run.step();
      declare(frame, value);
      const completion = body(frame);
      if (completion === 'break') break;
      if (completion !== undefined) return completion;
    }
    return undefined;
  };
}

function compileGenericFor({ locals, values, block, line }: Of<'generic-for'>, chunk: Chunk): Execute {
  const iterator = compileList(values, chunk);
  const declarations = locals.map(compileDeclaration);
  const body = compileBlock(block, chunk);
  const site = siteOf(chunk, line, undefined);
  return (frame) => {
    const [next, state, initial] = iterator(frame);
    let control = initial;
    for (;;) {
      const list = call(next, [state, control], frame.run, site);
      control = list[0];
      if (control === undefined) return undefined;
      for (const [index, declare] of declarations.entries()) declare(frame, list[index]);
      const completion = body(frame);
      if (completion === 'break') return undefined;
      if (completion !== undefined) return completion;
    }
  };
}
