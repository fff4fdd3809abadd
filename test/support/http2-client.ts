import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type SecureClientSessionOptions,
} from 'node:http2';

export interface Http2Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly trailers: IncomingHttpHeaders;
}

/** An HTTP/2 connection to a gateway, over TLS unless the address says otherwise. */
export class Http2Client {
  private constructor(readonly session: ClientHttp2Session) {}

  static async to(address: string, options: SecureClientSessionOptions = {}): Promise<Http2Client> {
    const session = connect(address, { rejectUnauthorized: false, ...options });
    session.on('error', () => {});
    await once(session, 'connect');
    return new Http2Client(session);
  }

  /** Sends a request whose body the caller writes; its answer has not been waited for. */
  open(headers: OutgoingHttpHeaders, endStream = false): ClientHttp2Stream {
    const stream = this.session.request(headers, { endStream });
    stream.on('error', () => {});
    return stream;
  }

  /** Sends a request and answers with the whole response. Fails when the response breaks off. */
  async ask(headers: OutgoingHttpHeaders, body?: string | Buffer): Promise<Http2Answer> {
    const stream = this.open({ ':method': body === undefined ? 'GET' : 'POST', ...headers }, body === undefined);
    if (body !== undefined) stream.end(body);
    return answerOf(stream);
  }

  /** Ends the connection with whatever runs on it. */
  leave(): void {
    this.session.destroy();
  }
}

export async function answerOf(stream: ClientHttp2Stream): Promise<Http2Answer> {
  let trailers: IncomingHttpHeaders = {};
  stream.on('trailers', (received: IncomingHttpHeaders) => (trailers = received));
  const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  if (stream.rstCode !== 0) throw new Error(`the stream was reset with code ${stream.rstCode}`);
  return { status: Number(headers[':status']), headers, text: Buffer.concat(chunks).toString(), trailers };
}
