import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCodex } from '../support/codex-client.js';
import { WORKING_BODY_LIMIT } from '../support/codex-how-to.js';
import { askingForCommands, outputsIn } from '../support/codex-tools.js';
import { defaultText } from '../support/openai-wire.js';
import { clients, mark, Stage } from './stage.js';

const PAGE_LIMIT = 131_072;
const MEGABYTE = 1024 * 1024;

let stage: Stage;
let pictures: string;
let picture: string;
beforeAll(async () => {
  stage = await Stage.open({ ai: { max_request_body_size: WORKING_BODY_LIMIT } });
  pictures = mkdtempSync(join(tmpdir(), 'sluice-picture-'));
  picture = join(pictures, 'noise.png');
  writeFileSync(picture, noise(850));
});
afterAll(async () => {
  rmSync(pictures, { recursive: true, force: true });
  await stage?.close();
});

describe.each(clients)('%s', (_, client) => {
  it('runs three commands: each turn carries the results of all before it', async () => {
    const turns = mark();
    stage.upstream.when(turns, askingForCommands(3, 'echo hi'));

    const run = await runCodex({ ...client, baseUrl: stage.baseUrl, prompt: `Do it ${turns}` });

    expect(run).toMatchObject({ exit: 0, final: defaultText });
    const received = stage.upstream.requestsWith(turns).map(({ body }) => JSON.parse(String(body)));
    expect(received.map(outputsIn)).toEqual([0, 1, 2, 3]);
  });

  it('shows a picture of two megabytes', async () => {
    const shown = mark();

    const run = await runCodex({ ...client, baseUrl: stage.baseUrl, prompt: `Look ${shown}`, image: picture });

    expect(run).toMatchObject({ exit: 0, final: defaultText });
    expect(stage.upstream.requestsWith(shown).at(-1)?.body.length).toBeGreaterThan(2 * MEGABYTE);
  });
});

describe('newest Codex', () => {
  const client = { generation: 'new', via: 'provider' } as const;

  it('outgrows the body limit of the page within a session, on its own model', async () => {
    const working = mark();
    stage.upstream.when(working, askingForCommands(3, 'head -c 2000000 /dev/urandom | base64'));

    const run = await runCodex({ ...client, baseUrl: stage.baseUrl, prompt: `Do it ${working}`, model: null });

    expect(run).toMatchObject({ exit: 0, final: defaultText });
    const sizes = stage.upstream.requestsWith(working).map(({ body }) => body.length);
    expect(sizes).toHaveLength(4);
    expect(sizes.at(-1)).toBeGreaterThan(PAGE_LIMIT);
  });

  it('gets what the upstream tells it in headers, and sends the state of its turn back', async () => {
    const stateful = mark();
    const headers = { 'x-codex-turn-state': 'state-1', 'x-codex-primary-used-percent': '12', 'openai-model': 'gpt-4o' };
    stage.upstream.when(stateful, askingForCommands(1, 'echo hi', { headers }));

    const run = await runCodex({ ...client, baseUrl: stage.baseUrl, prompt: `Do it ${stateful}` });

    expect(run).toMatchObject({ exit: 0, final: defaultText });
    expect(run.output).not.toMatch(/rerouted|cyber/i);
    const states = stage.upstream.requestsWith(stateful).map(({ headers: sent }) => sent['x-codex-turn-state']);
    expect(states).toEqual([undefined, 'state-1']);
  });
});

it('two sessions of twenty turns side by side keep to themselves, and leave no memory behind', async () => {
  const sessions = clients.map(([, client]) => ({ client, word: mark() }));
  for (const { word } of sessions) stage.upstream.when(word, askingForCommands(19, `echo ${word}`));
  const before = stage.gateway.residentBytes();

  const runs = await Promise.all(
    sessions.map(({ client, word }) => runCodex({ ...client, baseUrl: stage.baseUrl, prompt: `Do it ${word}` })),
  );

  expect(runs.map(({ exit }) => exit)).toEqual([0, 0]);
  const [one, other] = sessions.map(({ word }) => stage.upstream.requestsWith(word));
  expect([one?.length, other?.length]).toEqual([20, 20]);
  const keys = (requests: typeof one) =>
    new Set(requests?.map(({ body }) => (JSON.parse(String(body)) as { prompt_cache_key: string }).prompt_cache_key));
  expect(keys(one).size).toBe(1);
  expect(keys(other).size).toBe(1);
  expect([...keys(one)]).not.toEqual([...keys(other)]);
  expect(one?.filter((request) => other?.includes(request))).toEqual([]);
  expect(stage.gateway.residentBytes() - before).toBeLessThan(100 * MEGABYTE);
});

describe.each(clients)('with the 128 KB of the page, %s', (_, client) => {
  it('is refused when it sends more, and the log names the setting', async () => {
    const strict = await Stage.open();
    try {
      const run = await runCodex({
        ...client,
        baseUrl: strict.baseUrl,
        prompt: 'Look',
        image: picture,
        config: ['# one try is enough to see it'],
      });

      expect(run.exit).toBe(1);
      expect(run.output).toContain("request body doesn't contain valid prompts");
      expect(strict.upstream.requests).toEqual([]);
      expect(strict.gateway.log()).toContain('max_request_body_size');
    } finally {
      await strict.close();
    }
  });
});

/** A picture that no compression shrinks: a PNG of random grey, about as many bytes as pixels times three. */
function noise(side: number): Buffer {
  const rows = Array.from({ length: side }, () => Buffer.concat([Buffer.from([0]), randomBytes(side * 3)]));
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits per channel, red green blue
  const chunk = (type: string, data: Buffer) => {
    const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(named), 4);
    return Buffer.concat([frame.subarray(0, 4), named, frame.subarray(4)]);
  };
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows), { level: 0 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
