import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const LISTEN = `
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port));
`;

/** A port on which connections are neither accepted nor refused, as behind a firewall that drops what it does not like. */
export interface FullBacklog {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * A listener that was stopped before it could accept anything, with so many connections waiting that the system answers no
 * further one.
 */
export async function fullBacklog(): Promise<FullBacklog> {
  const child = spawn(process.execPath, ['-e', LISTEN], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(line.toString());
  child.kill('SIGSTOP');
  const waiting: Socket[] = [];
  for (;;) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    waiting.push(socket);
    const connected = once(socket, 'connect').then(
      () => true,
      () => false,
    );
    if (!(await Promise.race([connected, pause(200, false)]))) break;
  }
  return {
    port,
    close: async () => {
      for (const socket of waiting) socket.destroy();
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
