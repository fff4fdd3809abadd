import { isUtf8 } from 'node:buffer';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A declarative text and where it comes from. */
export interface DeclarativeText {
  /** `undefined`: not a file. */
  readonly file: string | undefined;
  readonly text: string;
  /** Whether what was read is no UTF-8, so that the text is not what is in the file. */
  readonly broken?: boolean;
}

/** Reads declarative files. A folder stands for the YAML and JSON files directly in it, by name. */
export async function readDeclarativeFiles(paths: readonly string[]): Promise<DeclarativeText[]> {
  const files = (await Promise.all(paths.map(filesAt))).flat();
  return Promise.all(
    files.map(async (file) => {
      const bytes = await readFile(file);
      return { file, text: bytes.toString(), broken: !isUtf8(bytes) };
    }),
  );
}

async function filesAt(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const names = await readdir(path);
  return names
    .filter((name) => /\.(ya?ml|json)$/i.test(name))
    .sort()
    .map((name) => join(path, name));
}

/** What tells the files from what they are after a change. Taken before they are read, so that no change is missed. */
export async function declarativeState(paths: readonly string[]): Promise<string> {
  const files = (await Promise.all(paths.map(filesAt))).flat();
  const states = files.map(async (file) => {
    const { ino, size, mtimeMs } = await stat(file);
    return `${file} ${ino} ${size} ${mtimeMs}`;
  });
  return (await Promise.all(states)).join('\n');
}

/** Soon enough for somebody who waits for it, and nothing against what the process does otherwise. */
const ASKED_EVERY_MS = 250;

/**
 * Calls `changed` when the files are no longer in the state `known`. It asks the file system rather than being told, because
 * a file that is replaced, or a link that is turned (Kubernetes), is a new file that a watcher of the old one never hears
 * of. What is still being written is left until it is the same twice. Answers with a function that ends it.
 */
export function watchDeclarativeFiles(paths: readonly string[], known: string, changed: () => void): () => void {
  let current = known;
  let seen = known;
  const ask = async () => {
    // A file that is away for a moment is being replaced.
    const state = await declarativeState(paths).catch(() => undefined);
    if (state !== undefined && state !== current && state === seen) {
      current = state;
      changed();
    }
    seen = state ?? seen;
    timer.refresh();
  };
  const timer = setTimeout(() => void ask(), ASKED_EVERY_MS).unref();
  return () => clearTimeout(timer);
}
