import type { LogRecord } from '../../src/pdk/log-record.js';
import { CHATGPT_ACCOUNT, CLIENT_KEY, type CodexOrder } from '../support/codex-client.js';
import { codexHowTo, type HowToChanges } from '../support/codex-how-to.js';
import { type FakeUpstream, fakeUpstream, type ReceivedRequest } from '../support/fake-upstream.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

/** A gateway with the how-to's configuration, and the upstream behind it. */
export class Stage {
  private constructor(
    readonly upstream: FakeUpstream,
    readonly gateway: Gateway,
  ) {}

  static async open(changes: Omit<HowToChanges, 'upstream'> = {}): Promise<Stage> {
    const upstream = await fakeUpstream();
    return new Stage(upstream, await startGateway(codexHowTo({ upstream, ...changes })));
  }

  get baseUrl(): string {
    return `${this.gateway.proxy}/codex`;
  }

  /** The log line of a request that the upstream received. */
  logLineOf({ headers }: ReceivedRequest): Promise<LogRecord> {
    return this.gateway.logLine(({ request }) => request.id === headers['x-kong-request-id']);
  }

  /** What of the client's own credentials reached the upstream. */
  leaks(): string[] {
    return this.upstream.requests
      .map(({ rawHeaders, body }) => `${rawHeaders.join('\n')}\n${body}`)
      .filter((seen) => seen.includes(CLIENT_KEY) || seen.includes(CHATGPT_ACCOUNT) || /Bearer eyJ/.test(seen));
  }

  async close(): Promise<void> {
    await this.gateway.stop();
    await this.upstream.close();
  }
}

/** The two generations, each set up as the readme says. */
export const clients = [
  ['Codex of the how-to', { generation: 'old', via: 'env' }],
  ['newest Codex', { generation: 'new', via: 'provider' }],
] as const satisfies readonly [string, Pick<CodexOrder, 'generation' | 'via'>][];

let marks = 0;

/** A word that finds a prompt again in what the upstream received. None is the beginning of another. */
export function mark(): string {
  return `mark-${++marks}-of-${process.pid}.`;
}
