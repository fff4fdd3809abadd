import type { Assignable, Capture, Local } from './syntax.js';

/** More than any sane program has; LuaJIT's own limit. */
const MAX_LOCALS = 200;

/** The variables one function can see while it is parsed. */
export class Scope {
  /** In force, innermost last. */
  private readonly active: Local[] = [];
  private readonly capturedNames = new Map<Local, number>();
  readonly captures: Capture[] = [];
  slots = 0;

  constructor(
    private readonly around: Scope | undefined,
    readonly variadic: boolean,
  ) {}

  /** Where the active locals end now, for `close`. */
  open(): number {
    return this.active.length;
  }

  /** Ends a block: its locals are no longer seen, and their slots are free for the next block's. */
  close(mark: number): void {
    this.active.length = mark;
  }

  get isFull(): boolean {
    return this.active.length >= MAX_LOCALS;
  }

  /** A new local; seen from now on. */
  declare(name: string): Local {
    const local: Local = { name, slot: this.active.length, captured: false };
    this.active.push(local);
    this.slots = Math.max(this.slots, this.active.length);
    return local;
  }

  resolve(name: string, line: number): Assignable {
    const local = this.find(name);
    if (local) return { kind: 'local', local, line };
    const index = this.captureIndex(name);
    return index === undefined ? { kind: 'global', name, line } : { kind: 'captured', name, index, line };
  }

  private find(name: string): Local | undefined {
    return this.active.findLast((local) => local.name === name);
  }

  private captureIndex(name: string): number | undefined {
    const { around } = this;
    if (!around) return undefined;
    const local = around.find(name);
    if (local) {
      local.captured = true;
      return this.indexOf(local, { from: 'local', local });
    }
    const index = around.captureIndex(name);
    return index === undefined ? undefined : this.indexOf(around.localAt(index), { from: 'capture', index });
  }

  private indexOf(local: Local, capture: Capture): number {
    const known = this.capturedNames.get(local);
    if (known !== undefined) return known;
    this.capturedNames.set(local, this.captures.length);
    return this.captures.push(capture) - 1;
  }

  /** The variable behind one of this function's captures. */
  private localAt(index: number): Local {
    const capture = this.captures[index] as Capture;
    return capture.from === 'local' ? capture.local : (this.around as Scope).localAt(capture.index);
  }
}
