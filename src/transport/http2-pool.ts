import { type ClientHttp2Session, connect } from 'node:http2';
import type { Socket } from 'node:net';
import { hostInUrl } from '../entities/host.js';
import type { Milliseconds } from '../entities/units.js';
import type { Attempt, AttemptOrder, AttemptSink, UpstreamAddress } from './attempt.js';
import type { ConnectionPool, PoolRules } from './connection-pool.js';
import { Dialler } from './dialler.js';
import { Http2Attempt } from './http2-attempt.js';

/** What is assumed of an upstream that does not limit its streams, as node:http2 does until it is told. */
const MOST_STREAMS = 100;

/** A session, and what of it is in use. */
interface Connection {
  readonly session: ClientHttp2Session;
  streams: number;
  requests: number;
}

/**
 * Sessions of HTTP/2 with one address. Attempts share a session as far as the upstream allows, and wait for one that is being
 * opened. Our own rather than undici's, which loses the end of a body whose trailers arrive while it is paused.
 */
export class Http2Pool implements ConnectionPool {
  private readonly dialler: Dialler;
  private readonly connections = new Set<Connection>();
  private readonly waiting: Http2Attempt[] = [];
  private dialling = false;

  constructor(
    private readonly address: UpstreamAddress,
    connectTimeout: Milliseconds,
    private readonly rules: PoolRules,
  ) {
    this.dialler = new Dialler(address, connectTimeout);
  }

  send(order: AttemptOrder, sink: AttemptSink): Attempt {
    const attempt = new Http2Attempt(order, sink);
    this.waiting.push(attempt);
    this.serve();
    return attempt;
  }

  async close(): Promise<void> {
    const sessions = [...this.connections].map(({ session }) => session);
    await Promise.all(sessions.map((session) => new Promise<void>((closed) => session.close(closed))));
  }

  /** Gives sessions to those who wait, as far as there are any. */
  private serve(): void {
    while (this.waiting.length > 0) {
      const connection = this.withRoom();
      if (!connection) {
        this.dial();
        return;
      }
      const attempt = this.waiting.shift() as Http2Attempt;
      if (!attempt.isOver) this.start(attempt, connection);
    }
  }

  private start(attempt: Http2Attempt, connection: Connection): void {
    const { session } = connection;
    const { maxRequests, size } = this.rules;
    connection.streams += 1;
    connection.requests += 1;
    attempt.start(session, () => {
      connection.streams -= 1;
      this.serve();
    });
    // It ends with its streams.
    if (size === 0 || (maxRequests > 0 && connection.requests >= maxRequests)) this.retire(connection);
  }

  private withRoom(): Connection | undefined {
    for (const connection of this.connections) {
      const { maxConcurrentStreams = MOST_STREAMS } = connection.session.remoteSettings;
      if (connection.streams < maxConcurrentStreams) return connection;
    }
    return undefined;
  }

  private dial(): void {
    if (this.dialling) return;
    this.dialling = true;
    const dialled = (error: Error | null, socket: Socket | null) => {
      this.dialling = false;
      if (socket) this.take(socket);
      else for (const attempt of this.waiting.splice(0)) attempt.fail(error as Error);
      this.serve();
    };
    try {
      this.dialler.dial(dialled);
    } catch (error) {
      dialled(error as Error, null);
    }
  }

  private take(socket: Socket): void {
    const { scheme, ip, port } = this.address;
    const session = connect(`${scheme}://${hostInUrl(ip)}:${port}`, {
      createConnection: () => socket,
      settings: { enablePush: false },
    });
    const connection: Connection = { session, streams: 0, requests: 0 };
    this.connections.add(connection);
    // Its streams tell what it means to them.
    session.on('error', () => {});
    session.on('goaway', () => this.retire(connection));
    session.on('close', () => this.connections.delete(connection));
    if (this.rules.idleTimeout > 0) {
      session.setTimeout(this.rules.idleTimeout, () => {
        if (connection.streams === 0) this.retire(connection);
      });
    }
  }

  /** Takes no new streams; those it has go on. */
  private retire(connection: Connection): void {
    this.connections.delete(connection);
    connection.session.close();
  }
}
