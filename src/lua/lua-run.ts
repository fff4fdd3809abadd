import { LuaError } from './lua-error.js';

/** What one run of a program may cost. */
export interface LuaLimits {
  /** Statements, calls, loop turns and steps of pattern matching. */
  readonly steps: number;
  /** Bytes of strings and tables made during the run, freed or not. */
  readonly bytes: number;
  readonly milliseconds: number;
}

/** Generous for an expression, harmless to the other requests: a run blocks the process while it lasts. */
export const DEFAULT_LIMITS: LuaLimits = { steps: 1_000_000, bytes: 16 * 1024 ** 2, milliseconds: 50 };

/** About what LuaJIT allows of nested C calls, and few enough for the JavaScript stack below. */
const MAX_DEPTH = 200;

/** How often the clock is looked at, in steps. A look costs as much as several steps. */
const CLOCK_INTERVAL = 1024;

/** A program that cost more than it may. Not an error that Lua's `pcall` could catch. */
export class LuaLimitError extends Error {
  override readonly name = 'LuaLimitError';
}

/** What one run of a program has left to spend. */
export class LuaRun {
  private steps = 0;
  private bytes = 0;
  private depth = 0;
  private deadline: number | undefined;
  private nextLook: number;
  /** `name:line:` of the call under way; errors of what was called start with it. */
  place = '';

  constructor(private readonly limits: LuaLimits) {
    this.nextLook = Math.min(CLOCK_INTERVAL, limits.steps + 1);
  }

  /** Charges work done. */
  step(count = 1): void {
    this.steps += count;
    if (this.steps >= this.nextLook) this.look();
  }

  private look(): void {
    if (this.steps > this.limits.steps) throw new LuaLimitError(`took more than ${this.limits.steps} steps`);
    this.nextLook = Math.min(this.steps + CLOCK_INTERVAL, this.limits.steps + 1);
    // The clock starts with the first look: most programs end before it and never ask for the time.
    const now = performance.now();
    this.deadline ??= now + this.limits.milliseconds;
    if (now > this.deadline) throw new LuaLimitError(`took longer than ${this.limits.milliseconds} ms`);
  }

  /** Charges memory, before it is taken. */
  allocate(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes > this.limits.bytes) throw new LuaLimitError(`took more than ${this.limits.bytes} bytes of memory`);
  }

  /** A string made by the program. */
  text(value: string): string {
    this.allocate(value.length);
    return value;
  }

  /** An error of a function that Lua called, at the place of the call. */
  fault(message: string): LuaError {
    return new LuaError(this.place === '' ? message : `${this.place} ${message}`);
  }

  /** Every call of a Lua function comes in here and goes out by `leave`. */
  enter(): void {
    if (this.depth >= MAX_DEPTH) throw this.fault('stack overflow');
    this.depth++;
    this.step();
  }

  leave(): void {
    this.depth--;
  }
}
