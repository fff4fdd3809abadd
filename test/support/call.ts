import { once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';

/** Every call on a connection of its own, so that one test's broken connection is not another's surprise. */
const agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY });

export interface CallOptions {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  /** Objects become JSON. */
  readonly body?: object | string | Buffer;
}

/** A response under way: its head has arrived, its body is read as the test likes. */
export interface OpenCall {
  readonly request: ClientRequest;
  readonly response: IncomingMessage;
  readonly status: number;
  /** What has arrived since the last call, waiting for at least one byte. `undefined`: the body ended, and ended well. */
  nextChunk(): Promise<Buffer | undefined>;
  /** Hangs up, with everything that is still to come. */
  leave(): void;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  json<T = Record<string, unknown>>(): T;
}

/** Sends a request and answers once the response head is here. Fails when the connection breaks before that. */
export async function open(url: string, { method = 'POST', headers = {}, body }: CallOptions = {}): Promise<OpenCall> {
  const bytes = body === undefined ? undefined : bytesOf(body);
  const outgoing = request(url, {
    method,
    agent,
    headers: {
      ...(bytes ? { 'content-type': 'application/json' } : {}),
      ...(bytes && headers['transfer-encoding'] === undefined ? { 'content-length': bytes.length } : {}),
      ...headers,
    },
  });
  outgoing.end(bytes);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  // What goes wrong later is met by whoever reads the body; a call that nobody reads must not end the test process.
  outgoing.on('error', () => {});
  response.on('error', () => {});
  const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  return {
    request: outgoing,
    response,
    status: response.statusCode as number,
    nextChunk: async () => {
      const { done, value } = await chunks.next();
      return done ? undefined : value;
    },
    leave: () => outgoing.destroy(),
  };
}

/** Sends a request and answers with the whole response. Fails when the response breaks off. */
export async function call(url: string, options?: CallOptions): Promise<Answer> {
  const { response, status } = await open(url, options);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return { status, headers: response.headers, text, json: <T>() => JSON.parse(text) as T };
}

/** Reads to the end, good or bad, and says which it was. */
export async function readToTheEnd(opened: OpenCall): Promise<{ readonly text: string; readonly whole: boolean }> {
  const chunks: Buffer[] = [];
  try {
    for (let chunk = await opened.nextChunk(); chunk; chunk = await opened.nextChunk()) chunks.push(chunk);
    return { text: Buffer.concat(chunks).toString(), whole: true };
  } catch {
    return { text: Buffer.concat(chunks).toString(), whole: false };
  }
}

/** What Codex sends, without the bulk. */
export function codexRequest(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    model: 'gpt-4o',
    instructions: 'You are a coding agent.',
    input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] }],
    tools: [{ type: 'function', name: 'shell', parameters: { type: 'object' } }],
    store: false,
    stream: true,
    include: [],
    ...changes,
  };
}

function bytesOf(body: object | string | Buffer): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
