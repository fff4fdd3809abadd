// A stand-in for OpenAI, for the demonstration: answers every Responses request with a short stream, a word at a time.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

const WORDS = ['Hello', ' from', ' a', ' provider', ' behind', ' the', ' gateway.'];
const WORD_INTERVAL_MS = 120;

/** Starts it on a free port. `keys` collects the Authorization headers it was sent. */
export async function startProvider() {
  const keys = [];
  const server = createServer(async (request, response) => {
    keys.push(request.headers.authorization);
    let body = '';
    for await (const chunk of request) body += chunk;
    await stream(JSON.parse(body).model, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    keys,
    url: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function stream(model, response) {
  const envelope = { id: 'resp_demo', object: 'response', model, status: 'in_progress', output: [], usage: null };
  const place = { item_id: 'msg_demo', output_index: 0, content_index: 0 };
  const text = WORDS.join('');
  const item = {
    id: 'msg_demo',
    type: 'message',
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text, annotations: [] }],
  };
  const usage = {
    input_tokens: 1042,
    input_tokens_details: { cached_tokens: 896 },
    output_tokens: WORDS.length,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 1042 + WORDS.length,
  };
  let number = 0;
  const emit = (type, fields) => {
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: number++, ...fields })}\n\n`);
  };

  response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req_demo' });
  emit('response.created', { response: envelope });
  emit('response.output_item.added', { output_index: 0, item: { ...item, status: 'in_progress', content: [] } });
  for (const delta of WORDS) {
    await pause(WORD_INTERVAL_MS);
    emit('response.output_text.delta', { ...place, delta });
  }
  emit('response.output_item.done', { output_index: 0, item });
  emit('response.completed', { response: { ...envelope, status: 'completed', output: [item], usage } });
  response.end();
}
