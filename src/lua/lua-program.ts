import { byteString } from '../entities/byte-string.js';
import type { Chunk, MakeFunction } from './compile-expression.js';
import { compileBlock, compileDeclaration } from './compile-statement.js';
import { type Cell, Frame } from './frame.js';
import { STRING_LIBRARY } from './library/string-library.js';
import { LuaError } from './lua-error.js';
import { DEFAULT_LIMITS, type LuaLimits, LuaRun } from './lua-run.js';
import type { LuaFunction, LuaTable, LuaValue } from './lua-value.js';
import { Parser } from './parser.js';
import type { FunctionBody } from './syntax.js';

const NOTHING: readonly LuaValue[] = [];

export interface LuaOptions {
  /** Stands in front of error messages. */
  readonly name: string;
  readonly limits?: Partial<LuaLimits>;
}

/**
 * Lua source made ready to run. Compiled once, when the configuration changes; run any number of times. Runs share
 * nothing: what a program leaves behind in its globals is gone with the globals it was given.
 */
export interface LuaProgram {
  /**
   * Runs the chunk with these globals and nothing else, and answers with its first return value. Throws LuaError for an
   * error of the program and LuaLimitError when it cost more than it may.
   */
  run(globals: LuaTable): LuaValue;
}

/** Throws LuaSyntaxError. `source` is ordinary text. */
export function compileLua(source: string, { name, limits }: LuaOptions): LuaProgram {
  const chunk: Chunk = { name, methods: STRING_LIBRARY, functionOf: (body) => compileFunction(body, chunk) };
  const make = chunk.functionOf(Parser.parse(byteString(source), name));
  const allowed = { ...DEFAULT_LIMITS, ...limits };
  return {
    run(globals) {
      const run = new LuaRun(allowed);
      try {
        return make(new Frame(run, globals, [], [], 0))([], run)[0];
      } catch (error) {
        if (error instanceof RangeError) throw new LuaError(`${name}: stack overflow`);
        throw error;
      }
    },
  };
}

function compileFunction({ parameters, variadic, captures, block, slots }: FunctionBody, chunk: Chunk): MakeFunction {
  const execute = compileBlock(block, chunk);
  const declarations = parameters.map(compileDeclaration);
  return (around): LuaFunction => {
    const { globals } = around;
    const cells = captures.map((capture) =>
      capture.from === 'local' ? around.cell(capture.local.slot) : (around.captures[capture.index] as Cell),
    );
    return (args, run) => {
      run.enter();
      try {
        const rest = variadic ? args.slice(parameters.length) : NOTHING;
        const frame = new Frame(run, globals, cells, rest, slots);
        for (let index = 0; index < declarations.length; index++) declarations[index]?.(frame, args[index]);
        const completion = execute(frame);
        return completion === undefined || completion === 'break' ? NOTHING : completion;
      } finally {
        run.leave();
      }
    };
  };
}
