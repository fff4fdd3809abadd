import { promisify } from 'node:util';
import { brotliDecompress, inflate, unzip, zstdDecompress } from 'node:zlib';
import { type Bytes, bytes } from '../entities/units.js';

type Inflate = (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

/** Off the main thread: a large body must not hold up the streams of others. */
const CODINGS: Readonly<Record<string, Inflate>> = {
  gzip: promisify(unzip) as Inflate,
  'x-gzip': promisify(unzip) as Inflate,
  deflate: promisify(inflate) as Inflate,
  br: promisify(brotliDecompress) as Inflate,
  // Codex with a ChatGPT sign-in.
  zstd: promisify(zstdDecompress) as Inflate,
};

/** What came of undoing a content coding. */
export type Inflated =
  | { readonly state: 'plain'; readonly bytes: Buffer }
  | { readonly state: 'too-large' }
  | { readonly state: 'unknown-coding' | 'broken' };

/** The most a body may inflate to where the operator set no limit: a few kilobytes can stand for gigabytes. */
const MOST_INFLATED = bytes(256 * 1024 * 1024);

/** Undoes the content coding of a whole body, up to `limit` bytes; 0: no limit of the caller's. */
export async function inflated(body: Buffer, coding: string, limit: Bytes): Promise<Inflated> {
  const name = coding.trim().toLowerCase();
  const undo = Object.hasOwn(CODINGS, name) ? CODINGS[name] : undefined;
  if (!undo) return { state: 'unknown-coding' };
  try {
    return { state: 'plain', bytes: await undo(body, { maxOutputLength: limit > 0 ? limit : MOST_INFLATED }) };
  } catch (error) {
    return { state: (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'broken' };
  }
}

/** Whether a Content-Encoding says that there is anything to undo. */
export const isCoded = (coding: string | undefined): coding is string =>
  coding !== undefined && coding !== '' && coding.trim().toLowerCase() !== 'identity';
