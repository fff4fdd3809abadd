import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { answerInKind } from './answers.js';
import { openAiError } from './openai-wire.js';

/** The only key the upstream accepts. A client's own key reaching it is a 401, and so a failed test. */
export const UPSTREAM_KEY = 'sk-upstream-secret';

/** What the upstream saw of one request. Times are `performance.now()` of the test's process. */
export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** `[name, value, …]` in wire order and case. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly headAt: number;
  readonly bodyAt: number;
  /** Which connection it came on, from 1. */
  readonly connection: number;
  /** How the exchange ended for the upstream: everything sent, or the gateway closed before that. */
  readonly ended: Promise<{ readonly how: 'sent' | 'left'; readonly at: number }>;
}

export interface Exchange {
  readonly request: ReceivedRequest;
  readonly response: ServerResponse;
  readonly socket: Socket;
}

/** What the upstream does with one request. */
export type Answer = (exchange: Exchange) => void | Promise<void>;

/** Starts an upstream on a free port that speaks OpenAI's API and, on order, fails as real ones do. */
export async function fakeUpstream(): Promise<FakeUpstream> {
  const upstream = new FakeUpstream();
  await upstream.listen();
  return upstream;
}

export class FakeUpstream {
  /** Everything received, in order of arrival; the ones refused for their key included. */
  readonly requests: ReceivedRequest[] = [];
  private readonly server: Server;
  private readonly ordered: Answer[] = [];
  private readonly byMark = new Map<string, Answer[]>();
  private readonly waiting: ((request: ReceivedRequest) => void)[] = [];
  private usual: Answer = answerInKind();
  private connections = 0;
  private readonly numbers = new WeakMap<Socket, number>();

  constructor() {
    this.server = createServer({ keepAliveTimeout: 60_000 }, (incoming, response) => {
      void this.receive(incoming, response);
    });
    this.server.on('connection', (socket) => this.numbers.set(socket, ++this.connections));
  }

  async listen(): Promise<void> {
    // A thousand streams may knock at once.
    this.server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
    await once(this.server, 'listening');
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** How many connections were opened to it so far. */
  get connectionCount(): number {
    return this.connections;
  }

  /** The next requests are answered so, one each; then as usual again. */
  next(...answers: Answer[]): void {
    this.ordered.push(...answers);
  }

  /** Requests whose body contains this mark are answered so, one each; the last one stays. */
  when(mark: string, ...answers: Answer[]): void {
    this.byMark.set(mark, answers);
  }

  /** How every request is answered that nothing else was ordered for. */
  always(answer: Answer): void {
    this.usual = answer;
  }

  /** The requests whose body contains this mark. */
  requestsWith(mark: string): ReceivedRequest[] {
    return this.requests.filter(({ body }) => body.includes(mark));
  }

  /** The next request to arrive complete. */
  nextRequest(): Promise<ReceivedRequest> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async receive(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = incoming;
    const headAt = performance.now();
    const ended = once(response, 'close').then(() => ({
      how: response.writableFinished ? ('sent' as const) : ('left' as const),
      at: performance.now(),
    }));
    const body = await bodyOf(incoming);
    if (body === undefined) return;
    const request: ReceivedRequest = {
      method: incoming.method as string,
      url: incoming.url as string,
      headers: incoming.headers,
      rawHeaders: incoming.rawHeaders,
      body,
      headAt,
      bodyAt: performance.now(),
      connection: this.numbers.get(socket) ?? 0,
      ended,
    };
    this.requests.push(request);
    for (const tell of this.waiting.splice(0)) tell(request);

    const answer = request.headers.authorization === `Bearer ${UPSTREAM_KEY}` ? this.answerTo(request) : refuseTheKey;
    await answer({ request, response, socket });
  }

  private answerTo(request: ReceivedRequest): Answer {
    for (const [mark, answers] of this.byMark) {
      if (!request.body.includes(mark)) continue;
      return (answers.length > 1 ? answers.shift() : answers[0]) as Answer;
    }
    return this.ordered.shift() ?? this.usual;
  }
}

const refuseTheKey: Answer = ({ request, response }) => {
  const given = request.headers.authorization === undefined ? 'no key was sent' : 'a key of somebody else was sent';
  response.writeHead(401, { 'content-type': 'application/json' });
  response.end(openAiError(`Incorrect API key provided: ${given}`, 'invalid_request_error', 'invalid_api_key'));
};

async function bodyOf(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
  } catch {
    return undefined; // The gateway gave up while sending.
  }
  return Buffer.concat(chunks);
}
