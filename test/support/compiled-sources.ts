import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformFile } from '@swc/core';

const SOURCES = fileURLToPath(new URL('../../src/', import.meta.url));

/** Compiles files of `src` (without `.ts`) into a folder, for tests that run a piece of the gateway in a process of its own. */
export async function compileInto(folder: string, sources: readonly string[]): Promise<void> {
  for (const source of sources) {
    const { code } = await transformFile(join(SOURCES, `${source}.ts`));
    mkdirSync(dirname(join(folder, source)), { recursive: true });
    writeFileSync(join(folder, `${source}.js`), code);
  }
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
}
