import { once } from 'node:events';
import { createServer, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface HttpProxy {
  readonly port: number;
  /** What it was asked for: `POST http://…`, `CONNECT host:port`. */
  readonly asked: readonly string[];
  /** Answers every request so from now on, instead of doing what it is for. `undefined`: says nothing at all. */
  refuse(status: number | undefined): void;
  close(): Promise<void>;
}

/** A forward proxy on a free port. Every name is this machine to it. */
export async function httpProxy(): Promise<HttpProxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  let refusing: { status: number | undefined } | undefined;
  const server = createServer((incoming, outgoing) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    if (refusing) answer(refusing.status, outgoing);
    else {
      const { port, pathname, search } = new URL(incoming.url as string);
      const { method, headers } = incoming;
      const forwarded = request({ host: '127.0.0.1', port, method, path: pathname + search, headers }, (response) => {
        outgoing.writeHead(response.statusCode as number, response.headers);
        response.pipe(outgoing);
      });
      incoming.pipe(forwarded);
    }
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
  });
  server.on('connect', ({ url }, socket: Socket) => {
    asked.push(`CONNECT ${url}`);
    if (refusing) {
      if (refusing.status !== undefined) socket.end(`HTTP/1.1 ${refusing.status} No\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const tunnel = connect(Number(url?.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      tunnel.pipe(socket).pipe(tunnel);
    });
    tunnel.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    refuse: (status) => {
      refusing = { status };
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function answer(status: number | undefined, outgoing: ServerResponse): void {
  if (status !== undefined) outgoing.writeHead(status).end();
}
