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

/**
 * Calls `changed` when one of the files is another than before. It asks the file system rather than being told, because a
 * file that is replaced, or a link that is turned (Kubernetes), is a new file that a watcher of the old one never hears of.
 * What is still being written is left until it is the same twice. Answers with a function that ends it.
 */
export function watchDeclarativeFiles(paths: readonly string[], changed: () => void): () => void {
  let known: string | undefined;
  let seen: string | undefined;
  let asking = false;
  const ask = async () => {
    if (asking) return;
    asking = true;
    // A file that is away for a moment is being replaced.
    const state = await stateOf(paths).catch(() => undefined);
    asking = false;
    if (state === undefined) return;
    known ??= state;
    if (state !== known && state === seen) {
      known = state;
      changed();
    }
    seen = state;
  };
  void ask();
  const timer = setInterval(() => void ask(), ASKED_EVERY_MS).unref();
  return () => clearInterval(timer);
}

/** Soon enough for somebody who waits for it, and nothing against what the process does otherwise. */
const ASKED_EVERY_MS = 250;

async function stateOf(paths: readonly string[]): Promise<string> {
  const files = (await Promise.all(paths.map(filesAt))).flat();
  const states = files.map(async (file) => {
    const { ino, size, mtimeMs } = await stat(file);
    return `${file} ${ino} ${size} ${mtimeMs}`;
  });
  return (await Promise.all(states)).join('\n');
}
