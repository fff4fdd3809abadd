import { parseArgs } from 'node:util';
import type { Listener } from '../config/listener.js';
import { settingsFrom } from '../config/settings.js';
import { hostInUrl } from '../entities/host.js';
import { BAD, type Command, complain, GOOD, say, UsageError } from './command.js';

/** A gateway that takes longer than this to say that it is ready is not. */
const PATIENCE_MS = 3000;

export const healthCommand: Command = {
  name: 'health',
  takes: '[URL]',
  summary: 'Asks a running gateway whether it is ready for traffic.',
  help: `
Asks /status/ready of the status listener, which is found by the same settings the gateway was started with, or at URL.
Made for container health checks.

Exit codes: 0 ready, 1 not ready or not there.

Examples:
  sluice health
  sluice health http://gateway:8100
`,
  async run(args) {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true });
    const base = positionals[0] ?? statusUrl(settingsFrom(process.env).statusListen);
    if (base === undefined) throw new UsageError('the gateway has no status listener (KONG_STATUS_LISTEN): name a URL');
    try {
      const answer = await fetch(new URL('/status/ready', base), { signal: AbortSignal.timeout(PATIENCE_MS) });
      const { message } = (await answer.json()) as { message: string };
      say(answer.ok ? `${base} is ready` : `${base} is not ready: ${message}`);
      return answer.ok ? GOOD : BAD;
    } catch (error) {
      complain(`${base} does not answer: ${reason(error as Error)}`);
      return BAD;
    }
  },
};

function statusUrl(listeners: readonly Listener[]): string | undefined {
  const listener = listeners.find(({ tls }) => !tls) ?? listeners[0];
  if (!listener) return undefined;
  const everywhere: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
  const host = hostInUrl(everywhere[listener.host] ?? listener.host);
  return `${listener.tls ? 'https' : 'http'}://${host}:${listener.port}`;
}

/** fetch hides what happened behind 'fetch failed'. */
const reason = (error: Error): string => (error.cause instanceof Error ? error.cause.message : error.message);
