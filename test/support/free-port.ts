import { once } from 'node:events';
import { createServer } from 'node:net';

// Below the range from which the kernel takes the ports of outgoing connections (32768 and up on Linux), so that none of
// the thousands of connections a test opens can take the port between our look and the gateway's listen.
const LOWEST = 12_000;
const PER_WORKER = 5_000;
const MOST_WORKERS = 4;

// For the same reason no two of Jest's workers look in the same range, and none gives a port twice in a test file.
const worker = Number(process.env['JEST_WORKER_ID'] ?? 1) % MOST_WORKERS;
let given = Math.floor(Math.random() * PER_WORKER);

/** A port on which nobody listens, and which no other test is about to use. */
export async function freePort(): Promise<number> {
  for (;;) {
    given = (given + 1) % PER_WORKER;
    const port = LOWEST + worker * PER_WORKER + given;
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
