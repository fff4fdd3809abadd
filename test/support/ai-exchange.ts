import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Test } from '@nestjs/testing';
import { AiModule } from '../../src/ai/ai.module.js';
import { BalancingModule } from '../../src/balancing/balancing.module.js';
import { Settings } from '../../src/config/settings.js';
import { recordSchema } from '../../src/entities/record-schema.js';
import type { Service } from '../../src/entities/service.js';
import { LlmExchanges } from '../../src/exchange/llm-exchanges.js';
import type { TargetGroup } from '../../src/exchange/target-group.js';
import { HeaderList } from '../../src/pdk/header-list.js';
import type { PluginScope } from '../../src/pdk/plugin.js';
import { ProxiedRequest } from '../../src/pdk/proxied-request.js';
import type { AttemptOutcome } from '../../src/pdk/upstream-plan.js';
import { AiProxyConfig } from '../../src/plugins/ai-proxy/ai-proxy.config.js';
import { AiProxyPlugin } from '../../src/plugins/ai-proxy/ai-proxy.plugin.js';
import { AiProxyAdvancedConfig } from '../../src/plugins/ai-proxy-advanced/ai-proxy-advanced.config.js';
import { AiProxyAdvancedPlugin } from '../../src/plugins/ai-proxy-advanced/ai-proxy-advanced.plugin.js';
import type { AttemptOrder } from '../../src/transport/attempt.js';
import { Resolver } from '../../src/transport/resolver.js';

/** Names that resolve without asking anybody. */
const HOSTS = fileURLToPath(new URL('../kong-compat/fixtures/ai/hosts', import.meta.url));

/** The AI proxies with everything they inject. `extensions`: where further formats and providers are looked for. */
export async function aiPlugins(extensions: readonly string[] = []) {
  const rooms = [await AiModule.register(extensions), await BalancingModule.register()];
  const providers = [LlmExchanges, { provide: Resolver, useValue: new Resolver({ hostsFile: HOSTS }) }, Settings];
  const module = await Test.createTestingModule({ imports: rooms, providers }).compile();
  const exchanges = module.get(LlmExchanges);
  const simple = new AiProxyPlugin(exchanges);
  const advanced = new AiProxyAdvancedPlugin(exchanges);
  return {
    aiProxy: (config: object, scope?: Partial<PluginScope>) =>
      simple.configure(parsed(AiProxyConfig, config), { ...SCOPE, ...scope }),
    aiProxyAdvanced: (config: object, scope?: Partial<PluginScope>) =>
      advanced.configure(parsed(AiProxyAdvancedConfig, config), { ...SCOPE, ...scope }),
  };
}

const SCOPE: PluginScope = { id: 'plugin', attachedTo: 'every request', unresolved: [], warn: () => undefined };

function parsed<T>(schema: new () => T, config: object): T {
  const { value, error } = recordSchema(schema).check(config);
  if (error !== undefined) throw new Error(JSON.stringify(error));
  return value;
}

/** Parts of configurations and requests that most tests do not talk about. */
export const KEY = { header_name: 'Authorization', header_value: 'Bearer sk-gateway' };
const counted = { auth: KEY, model: { provider: 'openai' }, logging: { log_statistics: true } };
export const RESPONSES = { route_type: 'llm/v1/responses', ...counted };
export const CHAT = { route_type: 'llm/v1/chat', ...counted };
export const HELLO = { model: 'gpt-4o', input: 'Hello', stream: true };
export const HI = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] };

export interface AskOptions {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Objects become JSON. */
  readonly body?: object | string | Buffer;
  /** What earlier plugins made of the path; the client's own when left out. */
  readonly upstreamPath?: string;
  readonly service?: Partial<Service>;
  /** What an earlier plugin does to the request. */
  readonly before?: (request: ProxiedRequest) => void;
}

/** Lets a real HTTP client ask, and shows what a target group makes of it; no upstream is called. */
export class ExchangeDesk {
  private readonly server: Server;
  private receive: ((incoming: IncomingMessage, outgoing: ServerResponse) => void) | undefined;

  private constructor() {
    this.server = createServer((incoming, outgoing) => this.receive?.(incoming, outgoing));
    this.server.on('upgrade', (incoming, socket) => {
      const outgoing = { end: () => socket.destroy() } as unknown as ServerResponse;
      this.receive?.(incoming, outgoing);
    });
  }

  static async open(): Promise<ExchangeDesk> {
    const desk = new ExchangeDesk();
    desk.server.listen(0, '127.0.0.1');
    await once(desk.server, 'listening');
    return desk;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  /** The access phase of one request. */
  async ask(group: TargetGroup, options: AskOptions = {}): Promise<Asked> {
    const { path = '/codex', upstreamPath = path.split('?')[0] as string } = options;
    const arrived = new Promise<[IncomingMessage, ServerResponse]>((resolve) => {
      this.receive = (incoming, outgoing) => resolve([incoming, outgoing]);
    });
    const client = this.send(path, options);
    const [incoming, outgoing] = await arrived;
    const asked = new Asked(new ProxiedRequest(incoming, outgoing, '0'.repeat(32), 0, 0, CONNECTION, undefined), group);
    asked.request.serviceRequest.path = upstreamPath;
    asked.request.path = path.split('?')[0] as string;
    asked.request.service = options.service as Service | undefined;
    options.before?.(asked.request);
    await group.access(asked.request);
    outgoing.end();
    client.destroy();
    return asked;
  }

  private send(path: string, { method = 'POST', headers = {}, body }: AskOptions) {
    const { port } = this.server.address() as AddressInfo;
    const bytes = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const type = bytes === undefined ? {} : { 'content-type': 'application/json' };
    const length = bytes === undefined ? {} : { 'content-length': Buffer.byteLength(bytes) };
    const client = request({ port, method, path, headers: { ...type, ...length, ...headers } });
    // The desk hangs up as soon as the access phase is over.
    client.on('error', () => undefined);
    client.end(bytes);
    return client;
  }
}

const CONNECTION = {
  scheme: 'http',
  host: 'gateway.test',
  port: 8000,
  clientIp: '127.0.0.1',
  clientPort: 1,
  peerIp: '127.0.0.1',
  trusted: false,
} as const;

export interface UpstreamAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly pieces: readonly (string | Buffer)[];
  /** The client leaves, or the upstream breaks, after the pieces: no last call is made. */
  readonly cut?: boolean;
}

/** One request after its access phase. */
export class Asked {
  constructor(
    readonly request: ProxiedRequest,
    private readonly group: TargetGroup,
  ) {}

  /** What the gateway answered itself. */
  get refusal() {
    const { exited } = this.request;
    if (exited?.kind !== 'answer') return undefined;
    const text = exited.body.toString();
    const json =
      text === '' ? undefined : (JSON.parse(text) as { error?: { message: string } & Record<string, unknown> });
    return { status: exited.status, headers: exited.headers.toObject(), json };
  }

  /** The next attempt's order. */
  async order(): Promise<Order> {
    const next = await this.request.plan?.next(this.request);
    if (next?.kind !== 'attempt') throw new Error(`no attempt but ${JSON.stringify(next ?? this.refusal)}`);
    return new Order(next.order);
  }

  /** How an attempt ended, as the proxy tells its plan; answers whether another one follows. */
  ended(outcome: AttemptOutcome): boolean {
    const again = this.request.plan?.mayRetry(this.request, outcome) ?? false;
    this.request.plan?.settle(this.request, outcome);
    return again;
  }

  /** The upstream's answer through the filters: what the client gets of it. */
  answer({ status = 200, headers = {}, pieces, cut = false }: UpstreamAnswer) {
    const { request, group } = this;
    request.source = 'upstream';
    request.status = status;
    request.responseHeaders = new HeaderList();
    for (const [name, value] of Object.entries(headers)) request.responseHeaders.append(name, value);
    group.headerFilter(request);
    const passed = pieces.map((piece) => group.bodyFilter(request, Buffer.from(piece), false));
    if (!cut) passed.push(group.bodyFilter(request, Buffer.alloc(0), true));
    return { headers: request.responseHeaders.toObject(), body: Buffer.concat(passed), pieces: passed };
  }

  /** What the exchange adds to the log record. */
  get logged() {
    const record: Record<string, unknown> = {};
    this.request.logFields.applyTo(record);
    return record as { ai?: { proxy: AiLog }; request?: { headers: Record<string, string> } };
  }
}

export interface AiLog {
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly usage?: Readonly<Record<string, unknown>>;
  readonly payload?: { readonly request?: string; readonly response?: string };
  readonly tried_targets?: readonly Readonly<Record<string, unknown>>[];
}

export class Order {
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly text: string;

  constructor(readonly order: AttemptOrder) {
    this.headers = HeaderList.fromFlat(order.headers).toObject();
    this.text = (order.body as Buffer | null)?.toString() ?? '';
  }

  get json(): Record<string, unknown> {
    return JSON.parse(this.text) as Record<string, unknown>;
  }
}
