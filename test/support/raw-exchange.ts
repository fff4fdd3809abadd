import { connect } from 'node:net';

export interface RawAnswer {
  /** Of each response that came back, in order. */
  readonly statuses: readonly number[];
  readonly text: string;
  /** Whether the server closed the connection, rather than the time running out. */
  readonly closed: boolean;
}

/** Writes these bytes, as they are, to a connection of their own, and reads until it closes or nothing more comes. */
export function rawExchange(port: number, bytes: string, patienceMs = 1500): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let done = false;
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(Buffer.from(bytes, 'latin1')));
    const finish = (closed: boolean) => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      socket.destroy();
      const text = Buffer.concat(chunks).toString('latin1');
      const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map((match) => Number(match[1]));
      resolve({ statuses, text, closed });
    };
    const timer = setTimeout(() => finish(false), patienceMs);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('close', () => finish(true));
    // A reset after the answer is a close like any other.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (chunks.length === 0 && error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
      else finish(true);
    });
  });
}
