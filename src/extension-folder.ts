import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Loads every extension of a kind: all files below a folder whose name ends with `.<kind>.js` (`.ts` under the test
 * runner). This is how plugins, providers, formats, algorithms and metrics are found without a list to edit.
 * Answers with the modules' exports, in the order of their paths, so that a start is repeatable.
 */
export async function extensionsIn(folder: string, kind: string): Promise<Record<string, unknown>[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && (entry.name.endsWith(`.${kind}.js`) || entry.name.endsWith(`.${kind}.ts`)))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return Promise.all(files.map((file) => import(pathToFileURL(file).href) as Promise<Record<string, unknown>>));
}

/** The exported classes of such modules. */
export async function classesIn(folder: string, kind: string): Promise<(new (...args: never[]) => unknown)[]> {
  const modules = await extensionsIn(folder, kind);
  return modules.flatMap((module) => Object.values(module).filter((value) => typeof value === 'function')) as (new (
    ...args: never[]
  ) => unknown)[];
}
