import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks again and again until the answer is something other than `undefined`, for facts that another process brings about
 * in its own time (a line in a log, a port that opens). Fails with what was waited for.
 */
export async function eventually<T>(
  what: string,
  ask: () => T | undefined | Promise<T | undefined>,
  patienceMs = 10_000,
): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`waited ${patienceMs} ms in vain for ${what}`);
    await pause(15);
  }
}
