import { setImmediate as endOfTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { EndOfTurn } from './end-of-turn.js';

describe('work for the end of the turn', () => {
  it('waits for what the loop has at hand, is done in order, and once', async () => {
    const done: string[] = [];
    const work = new EndOfTurn<string>((item) => done.push(item));
    work.add('a');
    work.add('b');
    await Promise.resolve();
    expect(done).toEqual([]);

    await endOfTurn();
    expect(done).toEqual(['a', 'b']);

    await endOfTurn();
    expect(done).toEqual(['a', 'b']);
  });

  it('goes into the next turn when it comes up during the work', async () => {
    const done: number[] = [];
    const work: EndOfTurn<number> = new EndOfTurn((item) => {
      done.push(item);
      if (item < 3) work.add(item + 1);
    });
    work.add(1);
    await endOfTurn();
    expect(done).toEqual([1]);
    await endOfTurn();
    await endOfTurn();
    expect(done).toEqual([1, 2, 3]);
  });
});
