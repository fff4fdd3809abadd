import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Bytes, bytes } from '../entities/units.js';

type Collect = (options: { type: 'major' | 'minor'; flavor?: 'last-resort' }) => void;

let exposed: Collect | undefined;

/** V8's own collector, which a process must ask for by a flag. */
function collect(...options: Parameters<Collect>): void {
  if (!exposed) {
    setFlagsFromString('--expose-gc');
    exposed = runInNewContext('gc') as Collect;
  }
  exposed(...options);
}

/**
 * What V8 lets the heap grow by before it looks through all of it. It takes the buffers of bodies for growth, and subtracts
 * the young generation (32 MB, once there was load): left to itself it would look for every 8 MB of bodies that pass.
 */
const ROOM = bytes(80 * 1024 * 1024);

/**
 * Brings the heap into the state in which it serves. To be called once, before the first request can be delayed by it:
 * wiring and reading the configuration leave some 40 MB of garbage that an idle process would keep for ever, because nothing
 * makes the collector run.
 */
export function settleHeap(): void {
  // Only the last resort gives the pages back to the system as well.
  collect({ type: 'major', flavor: 'last-resort' });
  // V8 takes a share of what is used, so a large configuration has room as it is.
  const share = Math.ceil((100 * ROOM) / getHeapStatistics().used_heap_size);
  setFlagsFromString(`--heap-growing-percent=${share}`);
}

/** A body is held twice, in pieces and whole, and those of the requests under way stay. */
const MOST_PASSED = bytes(16 * 1024 * 1024);

/**
 * Drops the buffers of bodies that have passed. They hold nearly nothing of the young generation, by whose growth V8 decides
 * when to look at it, so they would pile up until it looks through the whole heap for them: with bodies of a megabyte that
 * takes twice the time of all else together. A look at the young generation alone takes half a millisecond.
 */
export class BodyGarbage {
  private passed = bytes(0);

  constructor(private readonly collector: Collect = collect) {}

  /** A request has ended, and so many bytes were received and sent for it. */
  add(received: Bytes, sent: Bytes): void {
    this.passed = bytes(this.passed + received + sent);
    if (this.passed < MOST_PASSED) return;
    this.passed = bytes(0);
    this.collector({ type: 'minor' });
  }
}
