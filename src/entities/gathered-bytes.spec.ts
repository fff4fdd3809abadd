import { describe, expect, it } from '@jest/globals';
import { GatheredBytes } from './gathered-bytes.js';

describe('gathered bytes', () => {
  it('are what came, in the order it came, however it was cut', () => {
    const all = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));
    for (const lengths of [[1], [1, 5000, 3], [1023, 1024], [100_000], [7, 16_384, 16_383]]) {
      const gathered = new GatheredBytes();
      for (let at = 0, turn = 0; at < all.length; turn++) {
        const length = lengths[turn % lengths.length] as number;
        gathered.add(all.subarray(at, at + length));
        at += length;
      }

      expect(gathered.length).toBe(all.length);
      expect(gathered.take().equals(all)).toBe(true);
      expect(gathered.length).toBe(0);
      expect(gathered.take().length).toBe(0);
    }
  });

  it('of one piece are that piece', () => {
    const piece = Buffer.from('all of it');
    const gathered = new GatheredBytes();
    gathered.add(piece);

    expect(gathered.take()).toBe(piece);
  });

  it('take little more memory than they are long, in pieces of one byte', () => {
    const gathered = new GatheredBytes();
    const before = process.memoryUsage();
    for (let count = 0; count < 200_000; count++) gathered.add(Buffer.allocUnsafeSlow(1));
    const { arrayBuffers } = process.memoryUsage();

    // Garbage of the test itself may still be there, but no object per byte is held.
    expect((gathered as unknown as { pieces: unknown[] }).pieces.length).toBeLessThan(30);
    expect(arrayBuffers - before.arrayBuffers).toBeLessThan(2 * 1024 * 1024);
  });
});
