import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { compileInto } from '../../../test/support/compiled-sources.js';

const PROCESSES = 4;
const LINES_EACH = 25_000;

/** Writes so many lines of 4 KB to a path, as fast as they are taken. */
const PROGRAM = `
import { LineWriter } from './plugins/file-log/line-writer.js';
const [path, name, lines] = process.argv.slice(2);
const writer = new LineWriter(path, {
  lost: (lines) => { throw new Error(lines + ' lines lost'); },
  trouble: (doing, error) => { throw error; },
});
for (let count = 0; count < Number(lines); count++) {
  writer.write(JSON.stringify({ name, count, padding: name.repeat(4050) }) + '\\n');
  if (count % 200 === 0) await writer.flushed();
}
await writer.close();
`;

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'shared-file-'));
  await compileInto(folder, ['plugins/file-log/line-writer', 'entities/units']);
  writeFileSync(join(folder, 'program.js'), PROGRAM);
});
afterAll(() => rmSync(folder, { recursive: true }));

const writing = (path: string, name: string, lines: number): ChildProcess =>
  spawn(process.execPath, [join(folder, 'program.js'), path, name, String(lines)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });

describe('Lines of several processes', () => {
  it('are neither torn nor lost: a hundred thousand of 4 KB, by four processes into one file', async () => {
    const path = join(folder, 'log.json');
    const names = Array.from({ length: PROCESSES }, (_, index) => String.fromCharCode(97 + index));

    const exits = await Promise.all(names.map((name) => once(writing(path, name, LINES_EACH), 'exit')));

    expect(exits).toEqual(names.map(() => [0, null]));
    expect(await linesByWriter(createReadStream(path))).toEqual(new Map(names.map((name) => [name, LINES_EACH])));
  }, 60_000);
});

describe('Lines written to the process’s own output', () => {
  it.each(['/dev/stdout', '/dev/stderr'] as const)('arrive whole at whoever reads %s', async (path) => {
    const child = writing(path, 'x', 1000);
    const [output, other] = path === '/dev/stdout' ? [child.stdout, child.stderr] : [child.stderr, child.stdout];
    const rest = text(other as Readable);

    expect(await linesByWriter(output as Readable)).toEqual(new Map([['x', 1000]]));
    expect(await rest).toBe('');
  });
});

/** Counts whole lines; each writer's come in its order. */
async function linesByWriter(input: Readable): Promise<Map<string, number>> {
  const seen = new Map<string, number>();
  for await (const line of createInterface({ input })) {
    const { name, count, padding } = JSON.parse(line) as { name: string; count: number; padding: string };
    const expected = seen.get(name) ?? 0;
    if (count !== expected || padding.length !== 4050)
      throw new Error(`line ${count} of ${name} instead of ${expected}`);
    seen.set(name, expected + 1);
  }
  return seen;
}
