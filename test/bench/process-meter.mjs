// What processes cost, from /proc (Linux).
import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100; // USER_HZ: fixed on every Linux that Node runs on

/** The process and everything it started. */
export function family(pid) {
  const parents = new Map();
  for (const name of readdirSync('/proc')) {
    if (/^\d+$/.test(name)) parents.set(Number(name), statOf(Number(name))?.parent);
  }
  const members = [pid];
  for (const [child, parent] of parents) if (members.includes(parent)) members.push(child);
  return members;
}

/** User and system time in microseconds, threads included. */
export function cpuMicroseconds(pid) {
  return sum(family(pid), (member) => statOf(member)?.cpu ?? 0);
}

/** Resident memory in megabytes. */
export function residentMegabytes(pid) {
  return sum(family(pid), (member) => {
    const line = /^VmRSS:\s+(\d+) kB$/m.exec(readIfThere(`/proc/${member}/status`));
    return line ? Number(line[1]) / 1024 : 0;
  });
}

function statOf(pid) {
  const text = readIfThere(`/proc/${pid}/stat`);
  if (text === '') return undefined;
  // The second field is the command in parentheses, and may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { parent: Number(fields[1]), cpu: ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND) * 1e6 };
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function sum(items, measure) {
  return items.reduce((total, item) => total + measure(item), 0);
}
