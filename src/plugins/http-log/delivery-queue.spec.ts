import { describe, expect, it } from '@jest/globals';
import { bytes, milliseconds } from '../../entities/units.js';
import { DeliveryQueue, type QueueLimits } from './delivery-queue.js';

const LIMITS: QueueLimits = {
  maxBatchSize: 1,
  coalescingDelay: milliseconds(0),
  maxEntries: 10_000,
  maxBytes: undefined,
  maxRetryTime: milliseconds(0),
  initialRetryDelay: milliseconds(1),
  maxRetryDelay: milliseconds(1),
  concurrency: 1,
};

/** A queue of at most 100 characters to a server that answers when it is told to. */
function queueOf(limits: Partial<QueueLimits>) {
  const delivered: string[] = [];
  const answers: (() => void)[] = [];
  const told: string[] = [];
  let lost = 0;
  const queue = new DeliveryQueue(
    { ...LIMITS, ...limits },
    async (batch) => {
      await new Promise<void>((answer) => answers.push(answer));
      delivered.push(...batch);
      return undefined;
    },
    { lost: (lines) => (lost += lines), trouble: (message) => told.push(message) },
    bytes(100),
  );
  const answerAll = async () => {
    while (answers.length > 0) {
      for (const answer of answers.splice(0)) answer();
      await new Promise(setImmediate);
    }
  };
  return { queue, delivered, told, answerAll, lost: () => lost };
}

describe('a queue of log lines', () => {
  it('holds so many characters, however few lines they are: the oldest that waits makes room', async () => {
    const { queue, delivered, told, answerAll, lost } = queueOf({});
    for (const letter of 'abcd') queue.add(letter.repeat(40));

    expect(lost()).toBe(2);
    expect(told).toEqual(['lines are lost, 100 characters wait or are under way, which is the most that is held']);
    await answerAll();
    expect(delivered.map(([first]) => first)).toEqual(['a', 'd']);
  });

  it('counts what is under way, however much may be: the newest is lost where nothing waits', async () => {
    const { queue, delivered, answerAll, lost } = queueOf({ concurrency: Number.POSITIVE_INFINITY });
    for (const letter of 'abcd') queue.add(letter.repeat(40));

    expect(lost()).toBe(2);
    await answerAll();
    expect(delivered.map(([first]) => first)).toEqual(['a', 'b']);

    queue.add('e'.repeat(100));
    await answerAll();
    expect(delivered.at(-1)?.[0]).toBe('e');
    expect(lost()).toBe(2);
  });
});
