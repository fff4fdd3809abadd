import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Seen {
  readonly method: string;
  /** Path and query as received. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  body: string;
  trailers: Record<string, string | undefined>;
  /** Whether the request was received to its end. */
  complete: boolean;
}

export interface EchoUpstream {
  readonly url: string;
  readonly port: number;
  readonly seen: readonly Seen[];
  close(): Promise<void>;
}

/** An upstream of plain HTTP: remembers what it got and answers with it, or else with `said`, as JSON. */
export async function echoUpstream(said?: object): Promise<EchoUpstream> {
  const seen: Seen[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method, url, headers, rawHeaders } = incoming;
    const entry: Seen = {
      method: method as string,
      path: url as string,
      headers,
      rawHeaders,
      body: '',
      trailers: {},
      complete: false,
    };
    seen.push(entry);
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('error', () => {});
    incoming.on('end', () => {
      Object.assign(entry, { body: Buffer.concat(chunks).toString(), trailers: incoming.trailers, complete: true });
      const body = JSON.stringify(said ?? entry);
      outgoing.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
      outgoing.end(body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    seen,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
