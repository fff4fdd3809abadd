import type { LuaRun } from './lua-run.js';
import type { LuaTable, LuaValue } from './lua-value.js';

/** A variable that more than one function may use. */
export class Cell {
  constructor(public value: LuaValue) {}
}

/** One call of a function: its variables and what it can reach. */
export class Frame {
  readonly slots: LuaValue[];
  /** Under the same numbers as slots, for the locals that inner functions use. */
  private cells: Cell[] | undefined;

  constructor(
    readonly run: LuaRun,
    readonly globals: LuaTable,
    readonly captures: readonly Cell[],
    readonly variadic: readonly LuaValue[],
    size: number,
  ) {
    this.slots = size === 0 ? NO_SLOTS : new Array<LuaValue>(size).fill(undefined);
  }

  /** A new variable each time its declaration runs, so that every turn of a loop has one of its own. */
  makeCell(slot: number, value: LuaValue): void {
    (this.cells ??= [])[slot] = new Cell(value);
  }

  cell(slot: number): Cell {
    return this.cells?.[slot] as Cell;
  }
}

const NO_SLOTS: LuaValue[] = [];
