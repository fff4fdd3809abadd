import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Type } from '@nestjs/common';

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

/**
 * The classes of such modules, in several folders, that carry the kind's decorator: `key` is the one of its metadata. What
 * else a module exports is none of ours.
 */
export async function classesIn(folders: readonly string[], kind: string, key: string): Promise<Type[]> {
  const modules = await Promise.all(folders.map((folder) => extensionsIn(folder, kind)));
  const exported = modules.flat().flatMap((module) => Object.values(module));
  return exported.filter((value): value is Type => typeof value === 'function' && Reflect.hasMetadata(key, value));
}
