import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { transformFile } from '@swc/core';

const PROCESSES = 4;
const LINES_EACH = 25_000;
const SOURCES = fileURLToPath(new URL('../../', import.meta.url));

/** What each process does: lines of 4 KB, as fast as they are taken. */
const PROGRAM = `
import { LineWriter } from './plugins/file-log/line-writer.js';
const [path, name] = process.argv.slice(2);
const writer = new LineWriter(path, {
  lost: (lines) => { throw new Error(lines + ' lines lost'); },
  trouble: (doing, error) => { throw error; },
});
for (let count = 0; count < ${LINES_EACH}; count++) {
  writer.write(JSON.stringify({ name, count, padding: name.repeat(4050) }) + '\\n');
  if (count % 200 === 0) await writer.flushed();
}
await writer.close();
`;

it('Four processes append a hundred thousand lines of 4 KB to one file, and none is torn or lost', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'shared-file-'));
  try {
    for (const source of ['plugins/file-log/line-writer', 'entities/units']) {
      const { code } = await transformFile(join(SOURCES, `${source}.ts`));
      mkdirSync(dirname(join(folder, source)), { recursive: true });
      writeFileSync(join(folder, `${source}.js`), code);
    }
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'program.js'), PROGRAM);
    const path = join(folder, 'log.json');
    const names = Array.from({ length: PROCESSES }, (_, index) => String.fromCharCode(97 + index));

    const children = names.map((name) =>
      spawn(process.execPath, [join(folder, 'program.js'), path, name], { stdio: ['ignore', 'inherit', 'inherit'] }),
    );
    const exits = await Promise.all(children.map((child) => once(child, 'exit')));

    expect(exits).toEqual(names.map(() => [0, null]));
    expect(await linesByWriter(path)).toEqual(new Map(names.map((name) => [name, LINES_EACH])));
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);

/** Counts whole lines; each writer's come in its order. */
async function linesByWriter(path: string): Promise<Map<string, number>> {
  const seen = new Map<string, number>();
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const { name, count, padding } = JSON.parse(line) as { name: string; count: number; padding: string };
    const expected = seen.get(name) ?? 0;
    if (count !== expected || padding.length !== 4050)
      throw new Error(`line ${count} of ${name} instead of ${expected}`);
    seen.set(name, expected + 1);
  }
  return new Map([...seen].sort());
}
