import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A declarative text and where it comes from. */
export interface DeclarativeText {
  /** `undefined`: not a file. */
  readonly file: string | undefined;
  readonly text: string;
}

/** Reads declarative files. A folder stands for the YAML and JSON files directly in it, by name. */
export async function readDeclarativeFiles(paths: readonly string[]): Promise<DeclarativeText[]> {
  const files = (await Promise.all(paths.map(filesAt))).flat();
  return Promise.all(files.map(async (file) => ({ file, text: await readFile(file, 'utf8') })));
}

async function filesAt(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const names = await readdir(path);
  return names
    .filter((name) => /\.(ya?ml|json)$/i.test(name))
    .sort()
    .map((name) => join(path, name));
}
