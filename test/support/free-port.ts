import { once } from 'node:events';
import { createServer } from 'node:net';

// Below the range from which the kernel takes the ports of outgoing connections (32768 and up on Linux), so that none of
// the thousands of connections a test opens can take the port between our look and the gateway's listen.
const LOWEST = 12_000;
const HIGHEST = 32_000;

/** A port on which nobody listens. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
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
