import { getHeapSpaceStatistics } from 'node:v8';
import type { Bytes } from '../entities/units.js';

/** Memory of one process: its script heap as a whole and by the spaces it consists of. */
export interface MemoryFigures {
  readonly pid: number;
  readonly heapUsed: Bytes;
  readonly spaces: readonly { readonly name: string; readonly size: Bytes; readonly used: Bytes }[];
}

export function memoryFigures(): MemoryFigures {
  return {
    pid: process.pid,
    heapUsed: process.memoryUsage().heapUsed,
    spaces: getHeapSpaceStatistics().map(({ space_name: name, space_size: size, space_used_size: used }) => ({
      name,
      size,
      used,
    })),
  };
}

/** How amounts of memory are written: Kong's `?unit=b|k|m|g&scale=2`. */
export interface MemoryFormat {
  readonly unit: string;
  readonly scale: number;
}

const UNITS = new Map([
  ['k', { bytes: 2 ** 10, name: 'KiB' }],
  ['m', { bytes: 2 ** 20, name: 'MiB' }],
  ['g', { bytes: 2 ** 30, name: 'GiB' }],
]);

/** The format a query asks for, or what is wrong with it. */
export function memoryFormat(unit = 'm', scale = ''): MemoryFormat | { readonly error: string } {
  const lower = unit.toLowerCase();
  // What is no number is as good as none (Kong).
  const digits = scale.trim() === '' || Number.isNaN(Number(scale)) ? DEFAULT_SCALE : Math.trunc(Number(scale));
  if (lower !== 'b' && digits < 0) return { error: 'scale must be equal or greater than 0' };
  if (lower !== 'b' && !UNITS.has(lower)) return { error: `invalid unit '${unit}' (expected 'k/K', 'm/M', or 'g/G')` };
  return { unit: lower, scale: Math.min(digits, LARGEST_SCALE) };
}

const DEFAULT_SCALE = 2; // Kong's
/** More digits than a number has. */
const LARGEST_SCALE = 20;

/**
 * Memory in the shape of Kong's report. The script heap of each process stands for a worker's Lua VM; the heap's spaces, all
 * processes' together, stand for the dictionaries that Kong's workers share.
 */
export function memoryReport(processes: readonly MemoryFigures[], format: MemoryFormat): object {
  const spaces = new Map<string, { size: Bytes; used: Bytes }>();
  for (const { name, size, used } of processes.flatMap((each) => each.spaces)) {
    const known = spaces.get(name) ?? { size: 0, used: 0 };
    spaces.set(name, { size: known.size + size, used: known.used + used });
  }
  return {
    workers_lua_vms: processes.map(({ pid, heapUsed }) => ({ pid, http_allocated_gc: written(heapUsed, format) })),
    lua_shared_dicts: Object.fromEntries(
      Array.from(spaces, ([name, { size, used }]) => [
        name,
        { allocated_slabs: written(used, format), capacity: written(size, format) },
      ]),
    ),
  };
}

function written(bytes: Bytes, { unit, scale }: MemoryFormat): string | number {
  const asked = UNITS.get(unit);
  return asked ? `${(bytes / asked.bytes).toFixed(scale)} ${asked.name}` : bytes;
}
