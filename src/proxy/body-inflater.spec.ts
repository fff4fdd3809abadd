import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { BodyInflater } from './body-inflater.js';

/** What comes out of these pieces: the text, or that it is broken. */
function inflated(coding: string, pieces: readonly Buffer[]): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const inflater = BodyInflater.for(coding, {
      onData: (chunk) => {
        text += chunk.toString();
      },
      onEnd: () => resolve(text),
      onError: () => resolve('broken'),
    });
    for (const piece of pieces) inflater?.write(piece);
    inflater?.end();
  });
}

describe('a coded body', () => {
  it.each([
    ['gzip', gzipSync],
    ['X-Gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ])('of %s comes out as it was, wherever it is cut, and broken when its end is missing', async (coding, code) => {
    const coded = code(Buffer.from('the same again, the same again'));
    for (let at = 1; at < coded.length; at++) {
      const whole = await inflated(coding, [coded.subarray(0, at), coded.subarray(at)]);
      expect(whole).toBe('the same again, the same again');
    }
    expect(await inflated(coding, [coded.subarray(0, -6)])).toBe('broken');
    expect(await inflated(coding, [])).toBe('');
  });

  it('of a coding nobody offered is left alone', () => {
    const sink = { onData: () => {}, onEnd: () => {}, onError: () => {} };
    expect(BodyInflater.for('identity', sink)).toBeUndefined();
  });
});
