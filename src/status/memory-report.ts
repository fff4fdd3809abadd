import { getHeapSpaceStatistics } from 'node:v8';

/** How amounts of memory are written: Kong's `?unit=b|k|m|g&scale=2`. */
export interface MemoryFormat {
  readonly unit: string;
  readonly scale: number;
}

const UNITS: Record<string, { readonly bytes: number; readonly name: string }> = {
  k: { bytes: 2 ** 10, name: 'KiB' },
  m: { bytes: 2 ** 20, name: 'MiB' },
  g: { bytes: 2 ** 30, name: 'GiB' },
};

/** The format a query asks for, or what is wrong with it. */
export function memoryFormat(unit = 'm', scale = '2'): MemoryFormat | { readonly error: string } {
  const lower = unit.toLowerCase();
  if (lower !== 'b' && !UNITS[lower]) return { error: `invalid unit '${unit}' (expected 'k/K', 'm/M', or 'g/G')` };
  const digits = Number(scale);
  if (!Number.isInteger(digits) || digits < 0 || digits > 20) {
    return { error: `invalid scale '${scale}' (expected a whole number from 0 to 20)` };
  }
  return { unit: lower, scale: digits };
}

/**
 * Memory in the shape of Kong's report. The heap of the script engine stands for the worker's Lua VM, its spaces for the
 * shared dictionaries.
 */
export function memoryReport(format: MemoryFormat): object {
  const spaces = getHeapSpaceStatistics().map(({ space_name, space_size, space_used_size }) => [
    space_name,
    { allocated_slabs: written(space_used_size, format), capacity: written(space_size, format) },
  ]);
  return {
    workers_lua_vms: [{ pid: process.pid, http_allocated_gc: written(process.memoryUsage().heapUsed, format) }],
    lua_shared_dicts: Object.fromEntries(spaces),
  };
}

function written(bytes: number, { unit, scale }: MemoryFormat): string {
  const asked = UNITS[unit];
  return asked ? `${(bytes / asked.bytes).toFixed(scale)} ${asked.name}` : String(bytes);
}
