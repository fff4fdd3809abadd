import type { LuaRun } from '../lua-run.js';
import { LuaTable, type LuaValue } from '../lua-value.js';
import { type Arguments, libraryOf } from './arguments.js';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** A moment taken apart in UTC or in the process's time zone. */
function partsOf(moment: Date, utc: boolean) {
  // Shifting the moment by the zone's offset lets one set of getters serve both.
  const shown = utc ? moment : new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  const year = shown.getUTCFullYear();
  return {
    year,
    month: shown.getUTCMonth() + 1,
    day: shown.getUTCDate(),
    hour: shown.getUTCHours(),
    min: shown.getUTCMinutes(),
    sec: shown.getUTCSeconds(),
    wday: shown.getUTCDay() + 1,
    yday: Math.floor((Date.UTC(year, shown.getUTCMonth(), shown.getUTCDate()) - Date.UTC(year, 0, 1)) / 86_400_000) + 1,
    offset: utc ? 0 : -moment.getTimezoneOffset(),
  };
}

type Parts = ReturnType<typeof partsOf>;

const two = (value: number) => String(value).padStart(2, '0');
const day = ({ wday }: Parts) => DAYS[wday - 1] as string;
const month = (parts: Parts) => MONTHS[parts.month - 1] as string;

/** strftime's letters, in the C locale. */
const LETTERS: Readonly<Record<string, (parts: Parts) => string>> = {
  a: (parts) => day(parts).slice(0, 3),
  A: day,
  b: (parts) => month(parts).slice(0, 3),
  B: month,
  c: (parts) =>
    `${day(parts).slice(0, 3)} ${month(parts).slice(0, 3)} ${String(parts.day).padStart(2)} ${time(parts)} ${parts.year}`,
  d: (parts) => two(parts.day),
  D: (parts) => `${two(parts.month)}/${two(parts.day)}/${two(parts.year % 100)}`,
  F: (parts) => `${parts.year}-${two(parts.month)}-${two(parts.day)}`,
  H: (parts) => two(parts.hour),
  I: (parts) => two(parts.hour % 12 || 12),
  j: (parts) => String(parts.yday).padStart(3, '0'),
  m: (parts) => two(parts.month),
  M: (parts) => two(parts.min),
  p: (parts) => (parts.hour < 12 ? 'AM' : 'PM'),
  S: (parts) => two(parts.sec),
  T: (parts) => time(parts),
  w: (parts) => String(parts.wday - 1),
  x: (parts) => `${two(parts.month)}/${two(parts.day)}/${two(parts.year % 100)}`,
  X: (parts) => time(parts),
  y: (parts) => two(parts.year % 100),
  Y: (parts) => String(parts.year),
  z: ({ offset }) => `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`,
  '%': () => '%',
};

function time(parts: Parts): string {
  return `${two(parts.hour)}:${two(parts.min)}:${two(parts.sec)}`;
}

function date(args: Arguments, run: LuaRun): LuaValue {
  const given = args.at(1) === undefined ? '%c' : args.text(1);
  const utc = given.startsWith('!');
  const format = utc ? given.slice(1) : given;
  const moment = args.at(2) === undefined ? new Date() : new Date(args.number(2) * 1000);
  if (Number.isNaN(moment.getTime())) throw args.fault(2, 'time out of range');
  const parts = partsOf(moment, utc);
  if (!format.startsWith('*t')) {
    run.step(format.length);
    return run.text(format.replace(/%(.?)/gs, (whole, letter: string) => LETTERS[letter]?.(parts) ?? whole));
  }
  const { offset: _, ...fields } = parts;
  return LuaTable.ofEntries([...Object.entries(fields), ['isdst', false]]);
}

function timeOf(args: Arguments): LuaValue {
  if (args.at(1) === undefined) return Math.floor(Date.now() / 1000);
  const table = args.table(1);
  const field = (name: string, fallback?: number): number => {
    const value = table.get(name) ?? fallback;
    if (typeof value !== 'number') throw args.fault(1, `field '${name}' missing in date table`);
    return value;
  };
  const moment = new Date(
    field('year'),
    field('month') - 1,
    field('day'),
    field('hour', 12),
    field('min', 0),
    field('sec', 0),
  );
  return Math.floor(moment.getTime() / 1000);
}

/** The clock, and nothing else of the operating system. */
export const OS_LIBRARY = libraryOf({
  clock: () => process.cpuUsage().user / 1e6,
  date,
  difftime: (args) => args.number(1) - args.number(2, 0),
  time: timeOf,
});
