import { expect, it } from '@jest/globals';
import { answerInKind } from '../support/answers.js';
import { runCodex } from '../support/codex-client.js';
import { defaultText } from '../support/openai-wire.js';
import { clients, mark, Stage } from './stage.js';

/** A reasoning model thinks for minutes without a word. Kong's time-out of 60 s would cut it. */
const SILENCE_MS = 70_000;

it('a stream that is silent for more than a minute reaches both Codex generations', async () => {
  const stage = await Stage.open();
  try {
    const hello = mark();
    stage.upstream.when(hello, answerInKind({ firstDelay: SILENCE_MS }));

    const runs = await Promise.all(
      clients.map(([, client]) => runCodex({ ...client, baseUrl: stage.baseUrl, prompt: `Hello ${hello}` })),
    );

    expect(runs).toMatchObject(clients.map(() => ({ exit: 0, final: defaultText })));
    expect(stage.upstream.requestsWith(hello)).toHaveLength(clients.length);
  } finally {
    await stage.close();
  }
});
