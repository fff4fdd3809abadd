// The load generator, in a process of its own: raw sockets, one request at a time on each, the next as soon as the last
// is answered. It reads no more of an answer than it must. One job per message from its parent:
//
//   { port, connections, seconds, bodyBytes, deltas, rate }  →  { requests, events, seconds, latencies, firstEvents, delays }
//
// `rate`: requests a second by all connections together, as far as answers come in time; as many as possible when left out.
// Times in milliseconds. `firstEvents`: from sending a request to the first byte of the stream's first event. `delays`:
// from the upstream's sending of an event to its arrival here, of some of the streams.
import { connect } from 'node:net';

const CR_LF_CR_LF = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');
/** Streams whose events are looked into for their delay; the others are only counted. */
const WATCHED_STREAMS = 8;

process.on('message', async (job) => {
  process.send(await run(job));
});
process.on('disconnect', () => process.exit());

/** A Responses request as Codex writes it, as large as ordered. */
function requestBytes({ port, bodyBytes, deltas }) {
  const plain = {
    model: 'gpt-4o',
    instructions: '',
    input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello "there"' }] }],
    tools: [
      { type: 'function', name: 'shell', parameters: { type: 'object', properties: { command: { type: 'array' } } } },
    ],
    store: false,
    ...(deltas ? { max_output_tokens: deltas, stream: true } : {}),
  };
  // Text with the quotes and line ends that prompts have: a reader that skips strings must notice them.
  const filler = 'You are a coding agent. Use "apply_patch" to edit files.\n';
  const room = Math.max(0, bodyBytes - JSON.stringify(plain).length);
  const escaped = JSON.stringify(filler).length - 2;
  const body = JSON.stringify({ ...plain, instructions: filler.repeat(Math.floor(room / escaped)) });
  return Buffer.from(
    `POST /codex/responses HTTP/1.1\r\nHost: localhost:${port}\r\nauthorization: Bearer sk-xxx\r\n` +
      'accept: text/event-stream\r\ncontent-type: application/json\r\nuser-agent: codex_exec/0.55.0 (bench)\r\n' +
      `originator: codex_exec\r\nsession_id: 01a201de-886c-7503-8000-000000000000\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

async function run(job) {
  const bytes = requestBytes(job);
  const tally = { requests: 0, events: 0, latencies: [], firstEvents: [], delays: [] };
  const started = performance.now();
  const until = started + job.seconds * 1000;
  await Promise.all(
    Array.from({ length: job.connections }, (_, index) =>
      keepAsking(job, bytes, until, tally, index < WATCHED_STREAMS),
    ),
  );
  return { ...tally, seconds: (performance.now() - started) / 1000 };
}

/** One connection: asks until the time is up, then finishes what it has begun. */
function keepAsking({ port, deltas, rate, connections }, bytes, until, tally, watched) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let sentAt = 0;
    let head;
    let missing = 0;
    let chunked = false;
    let seenEvent = false;
    let last = Buffer.alloc(0);
    const interval = rate ? (1000 * connections) / rate : 0;
    let due = performance.now() + Math.random() * interval;

    const askWhenDue = () => {
      const early = due - performance.now();
      due += interval;
      if (interval > 0 && early > 0) setTimeout(ask, early);
      else ask();
    };
    const ask = () => {
      head = '';
      seenEvent = false;
      last = Buffer.alloc(0);
      sentAt = performance.now();
      socket.write(bytes);
    };
    const answered = () => {
      tally.requests++;
      tally.latencies.push(performance.now() - sentAt);
      if (performance.now() < until) return askWhenDue();
      socket.end();
      resolve();
    };
    const body = (chunk) => {
      if (deltas) readEvents(chunk);
      if (chunked) {
        last =
          chunk.length >= LAST_CHUNK.length
            ? chunk.subarray(-LAST_CHUNK.length)
            : Buffer.concat([last, chunk]).subarray(-LAST_CHUNK.length);
        if (last.equals(LAST_CHUNK)) answered();
      } else {
        missing -= chunk.length;
        if (missing === 0) answered();
      }
    };
    const readEvents = (chunk) => {
      const now = performance.now();
      if (!seenEvent) {
        seenEvent = true;
        tally.firstEvents.push(now - sentAt);
      }
      for (let at = chunk.indexOf('data: '); at >= 0; at = chunk.indexOf('data: ', at + 6)) tally.events++;
      if (!watched) return;
      const clock = performance.timeOrigin + now;
      for (let at = chunk.indexOf('"at":'); at >= 0; at = chunk.indexOf('"at":', at + 5)) {
        tally.delays.push(clock - Number.parseFloat(chunk.toString('latin1', at + 5, at + 25)));
      }
    };

    socket.on('connect', askWhenDue);
    socket.on('data', (chunk) => {
      if (head === undefined) return body(chunk);
      head += chunk.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      if (!head.startsWith('HTTP/1.1 200')) return reject(new Error(`unexpected answer: ${head.slice(0, 600)}`));
      const lines = head.slice(0, end);
      chunked = /transfer-encoding: *chunked/i.test(lines);
      missing = Number(/content-length: *(\d+)/i.exec(lines)?.[1] ?? 0);
      const rest = Buffer.from(head.slice(end + CR_LF_CR_LF.length), 'latin1');
      head = undefined;
      if (rest.length > 0) body(rest);
    });
    socket.on('error', reject);
    socket.on('close', () => {
      if (performance.now() < until) reject(new Error('the connection was closed in the middle of the run'));
    });
  });
}
