// The provider of the benchmark: a hand-written HTTP/1.1 server that costs as little as one can, in a process of its own.
// Answers every request with the same small Responses object, or, when the body ends as a streaming request's does,
// with a stream. Each event carries the moment it was sent; the load generator reads it on the same clock.
import { createServer } from 'node:net';

/**
 * The end of a body that asks for a stream of so many deltas. The load generator writes these members last, where they
 * cost nothing to find.
 */
const STREAMING_END = /"max_output_tokens":(\d+),"stream":true}$/;
const LONGEST_END = 50;
const DELTA_INTERVAL_MS = 20;

const answer = JSON.stringify({
  id: 'resp_bench',
  object: 'response',
  status: 'completed',
  model: 'gpt-4o',
  output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hi there!' }] }],
  usage: { input_tokens: 12, output_tokens: 5, total_tokens: 17 },
});
const whole = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${answer.length}\r\n\r\n${answer}`,
);
const streamHead = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';
const created = event('response.created', { response: { id: 'resp_bench', model: 'gpt-4o', status: 'in_progress' } });
const completed = event('response.completed', { response: JSON.parse(answer) });

const server = createServer({ noDelay: true }, (socket) => {
  let head = '';
  let missing = 0;
  let tail = '';
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    let rest = chunk;
    while (rest.length > 0) {
      if (missing === 0) {
        head += rest.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        missing = Number(/content-length: *(\d+)/i.exec(head.slice(0, end))?.[1] ?? 0);
        rest = Buffer.from(head.slice(end + 4), 'latin1');
        head = '';
        tail = '';
      }
      const taken = Math.min(missing, rest.length);
      const seen = rest.subarray(Math.max(0, taken - LONGEST_END), taken);
      tail = (tail + seen.toString('latin1')).slice(-LONGEST_END);
      missing -= taken;
      rest = rest.subarray(taken);
      if (missing === 0) respond(socket, STREAMING_END.exec(tail)?.[1]);
    }
  });
});

/** Without a number of deltas: the whole answer at once. */
function respond(socket, deltas) {
  if (deltas === undefined) {
    socket.write(whole);
    return;
  }
  socket.write(streamHead + chunked(created));
  let sent = 0;
  const timer = setInterval(() => {
    if (socket.destroyed) {
      clearInterval(timer);
    } else if (sent++ < Number(deltas)) {
      socket.write(
        chunked(
          event('response.output_text.delta', { delta: ' word', at: performance.timeOrigin + performance.now() }),
        ),
      );
    } else {
      clearInterval(timer);
      socket.write(`${chunked(completed)}0\r\n\r\n`);
    }
  }, DELTA_INTERVAL_MS);
}

function event(type, fields) {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

function chunked(text) {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => process.send({ port: server.address().port }));
process.on('disconnect', () => process.exit());
