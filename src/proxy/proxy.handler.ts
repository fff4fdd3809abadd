import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, Logger } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { PRODUCT } from '../entities/product.js';
import { type Bytes, milliseconds } from '../entities/units.js';
import { serialize } from '../observability/log-record.js';
import { NodeState } from '../observability/node-state.js';
import { dropHopByHop } from '../pdk/forwarded-headers.js';
import { NO_HOST, plainHost } from '../pdk/plain-host.js';
import { ProxiedRequest } from '../pdk/proxied-request.js';
import type { UpstreamAnswer, UpstreamAsker } from '../pdk/upstream-plan.js';
import { protocolAnswer } from '../routing/protocol-check.js';
import type { RouteMatch } from '../routing/route-table.js';
import { upstreamPath } from '../routing/upstream-path.js';
import { UpstreamClient } from '../transport/upstream-client.js';
import { type AnswerOptions, answerError, answerExit } from './client-answer.js';
import { ClientConnections } from './client-connection.js';
import { ClientSilence, type Owed, type Patience } from './client-silence.js';
import { EndOfTurn } from './end-of-turn.js';
import { MESSAGES, NO_ROUTE, NO_SERVICE } from './error-response.js';
import { Exchange } from './exchange.js';
import { BodyGarbage } from './garbage.js';
import { breakStream, closeStream, isDelivered, StreamBytes } from './http2-stream.js';
import { NO_PHASES, type PhaseLists } from './plugin-chain.js';
import { access, log, rewrite } from './plugin-phases.js';
import { dropLongHeaders, refusal } from './refusal.js';
import { newRequestId } from './request-id.js';
import { RoutableView } from './routable-view.js';
import { type Runtime, Runtimes } from './runtime.js';
import { type Listed, UnderWay } from './under-way.js';
import { WholeExchange } from './whole-exchange.js';

const logger = new Logger('proxy');

/**
 * The life of a request, from its head to its log line. This page decides nothing itself: every line is a step with a
 * name from the glossary, told in the order in which things happen.
 */
@Injectable()
export class ProxyHandler implements UpstreamAsker {
  private readonly connections: ClientConnections;
  private readonly answers: AnswerOptions;
  private readonly lives = new UnderWay<Life>();
  private readonly bodyCeiling: Bytes;
  private readonly patience: Patience;
  private readonly bodyGarbage = new BodyGarbage();
  private readonly ended = new EndOfTurn<Life>((life) => this.log(life));

  constructor(
    private readonly runtimes: Runtimes,
    private readonly upstreams: UpstreamClient,
    private readonly node: NodeState,
    settings: Settings,
  ) {
    this.connections = new ClientConnections(settings);
    this.answers = answerOptions(settings);
    this.patience = { body: settings.clientBodyTimeout, reading: settings.sendTimeout };
    this.bodyCeiling = settings.clientMaxBodySize;
  }

  /** Called by the listener for every request. Never throws, never rejects: whatever happens ends in an answer. */
  handle(incoming: IncomingMessage, outgoing: ServerResponse, invite?: () => void): void {
    const request = this.open(incoming, outgoing, invite);
    const life = this.begin(request);
    const refused = refusal(request);
    if (refused) this.refuse(life, refused);
    else this.live(life).catch((error: unknown) => this.failed(life, error));
  }

  /** Called by the listener for what never became a request. */
  handleMalformed(incoming: IncomingMessage, outgoing: ServerResponse, status: number): void {
    this.refuse(this.begin(this.open(incoming, outgoing, undefined)), status);
  }

  /** Called by the listener when a request under way turns out to be malformed in its body. */
  breakOff(outgoing: ServerResponse, status: number): void {
    const life = (outgoing as LivingResponse)[LIFE];
    if (!life || outgoing.headersSent) {
      outgoing.destroy();
      return;
    }
    life.exchange?.clientLeft();
    outgoing.once('finish', () => outgoing.req.socket.destroySoon());
    this.refuse(life, status);
  }

  /**
   * Called by the listener now and then. A client that has sent nothing of its body for too long is told so; one that takes
   * nothing of its response is cut off. Either would hold its upstream's connection as long as it likes.
   */
  dismissSilent(): void {
    const now = performance.now();
    for (const life of [...this.lives]) {
      const { incoming, outgoing, service } = life.request;
      life.silence ??= new ClientSilence(incoming, outgoing);
      const owed = life.silence.look(now, this.patience);
      // A call of gRPC is a conversation, in which a client may have nothing to say for hours.
      if (owed === 'reading' || (owed === 'body' && !service?.protocol.startsWith('grpc'))) this.dismiss(life, owed);
    }
  }

  private dismiss(life: Life, owed: Owed): void {
    const { outgoing } = life.request;
    if (outgoing.req.httpVersionMajor === 1) {
      if (owed === 'reading') outgoing.destroy();
      else this.breakOff(outgoing, 408);
    } else if (owed === 'reading') breakStream(outgoing);
    else {
      // Of its connection only this stream ends.
      if (!outgoing.headersSent) {
        life.exchange?.clientLeft();
        this.refuse(life, 408);
      }
      closeStream(outgoing);
    }
  }

  /** Called in access by plugins that answer the client with what they make of the upstream's answer. */
  async ask(request: ProxiedRequest, limit: Bytes): Promise<UpstreamAnswer> {
    const life = (request.outgoing as LivingResponse)[LIFE] as Life;
    request.plan ??= life.runtime.plans.planFor(request);
    if (!request.plan) return { kind: 'failed', connected: false, reason: NO_SERVICE };
    dropHopByHop(request.headers);
    return new WholeExchange(request, request.plan, this.upstreams, limit).answer();
  }

  /** Responses under way. */
  underWay(): ServerResponse[] {
    return Array.from(this.lives, (life) => life.request.outgoing);
  }

  private begin(request: ProxiedRequest): Life {
    const life = new Life(request, this.runtimes.current());
    this.node.traffic.requestStarted();
    this.lives.add(life);
    request.asker = this;
    request.outgoing.on('close', () => this.end(life));
    return life;
  }

  private open(incoming: IncomingMessage, outgoing: ServerResponse, invite: (() => void) | undefined): ProxiedRequest {
    const received = milliseconds(performance.now());
    const connection = this.connections.factsOf(incoming);
    return new ProxiedRequest(
      incoming,
      outgoing,
      newRequestId(),
      received,
      Date.now(),
      connection,
      invite,
      this.bodyCeiling,
    );
  }

  private async live(life: Life): Promise<void> {
    const { request, runtime } = life;
    life.phases = runtime.chains.global.fixed ?? NO_PHASES;

    const rewriting = rewrite(runtime.chains.global, request);
    if (rewriting) await rewriting;
    if (request.exited) {
      answerExit(request, life.phases, this.answers);
      return;
    }

    const match = runtime.routes.match(new RoutableView(request));
    if (!match) {
      answerError(request, 404, NO_ROUTE, 'gateway', life.phases, this.answers);
      return;
    }
    takeRoute(request, match);
    const chain = runtime.chains.chainFor(match.route, match.service);
    life.phases = chain.fixed ?? life.phases;

    checkProtocol(request, match);
    if (!request.exited) {
      const phases = access(chain, request);
      life.phases = phases instanceof Promise ? await phases : phases;
    }
    if (request.exited) {
      answerExit(request, life.phases, this.answers);
      return;
    }

    request.plan ??= runtime.plans.planFor(request);
    if (!request.plan) {
      answerError(request, 503, NO_SERVICE, 'gateway', life.phases, this.answers);
      return;
    }
    dropHopByHop(request.headers);
    life.exchange = new Exchange(request, life.phases, this.upstreams, this.answers);
    life.exchange.begin();
  }

  /** The last byte went to the client, or the client left. */
  private end(life: Life): void {
    const { request } = life;
    const { outgoing, moments } = request;
    if (!this.lives.delete(life)) return;
    moments.finished = performance.now();
    if (request.ending === undefined && !isDelivered(outgoing)) {
      request.ending = request.answerPassed ? 'complete' : 'client-left';
      if (request.ending === 'client-left') request.status = 499;
      life.exchange?.clientLeft();
    }
    request.ending ??= 'complete';
    this.countBytes(life);
    this.node.traffic.requestEnded();
    this.ended.add(life);
  }

  /** One record is made; loggers, metrics and traces read it. */
  private log({ request, runtime, phases }: Life): void {
    try {
      if (phases.log.length > 0) log(phases, request, serialize(request));
    } catch (error) {
      logger.error(`request ${request.id} could not be logged: ${(error as Error).stack}`);
    } finally {
      runtime.leave();
      this.bodyGarbage.add(request.bytesReceived, request.bytesSent);
    }
  }

  private countBytes({ request, streamBytes, bytesWrittenBefore }: Life): void {
    if (streamBytes) {
      request.bytesSent = streamBytes.bytesSent;
      request.bytesReceived = streamBytes.bytesReceived;
      return;
    }
    const { socket } = request.incoming;
    request.bytesSent = socket.bytesWritten - bytesWrittenBefore;
    request.bytesReceived = this.connections.bytesSinceLast(socket);
  }

  /** No phase runs but those after an answer, for global plugins: somebody may want to log it. */
  private refuse(life: Life, refused: number): void {
    const { request, runtime } = life;
    if (!request.route) life.phases = runtime.chains.global.fixed ?? NO_PHASES;
    request.outgoing.shouldKeepAlive = false;
    if (refused === 494) dropLongHeaders(request);
    const status = refused === 494 ? 400 : refused;
    try {
      answerError(request, status, MESSAGES[refused] as string, 'core', life.phases, this.answers);
    } catch (error) {
      this.failed(life, error);
    }
  }

  private failed({ request, phases }: Life, error: unknown): void {
    logger.error(`request ${request.id} failed: ${shown(error)}`);
    try {
      answerError(request, 500, MESSAGES[500] as string, 'gateway', phases, this.answers);
    } catch (again) {
      // Thrown on, it would end the process, and every other request with it.
      logger.error(`request ${request.id} could not be told so: ${shown(again)}`);
      request.outgoing.destroy();
    }
  }
}

const shown = (error: unknown) => (error instanceof Error ? error.stack : String(error));

/** The way from a response back to its life; see PEER in client-connection for why it is not a WeakMap. */
const LIFE = Symbol('life');
type LivingResponse = ServerResponse & { [LIFE]?: Life };

/** What a request holds from its first byte to its last: its runtime, the plugins that act on it, its exchange. */
class Life implements Listed {
  phases: PhaseLists = NO_PHASES;
  exchange: Exchange | undefined;
  place = -1;
  /** Made when somebody first looks. */
  silence: ClientSilence | undefined;
  readonly bytesWrittenBefore: number;
  /** HTTP/2 only. */
  readonly streamBytes: StreamBytes | undefined;

  constructor(
    readonly request: ProxiedRequest,
    readonly runtime: Runtime,
  ) {
    (request.outgoing as LivingResponse)[LIFE] = this;
    runtime.enter();
    const { incoming, outgoing } = request;
    this.bytesWrittenBefore = incoming.socket.bytesWritten;
    this.streamBytes = incoming.httpVersionMajor > 1 ? new StreamBytes(incoming, outgoing) : undefined;
  }
}

/** What routing decided becomes a fact of the request, and the upstream's path is built from it. */
function takeRoute(request: ProxiedRequest, match: RouteMatch): void {
  request.route = match.route;
  request.service = match.service;
  request.path = match.path;
  request.uriCaptures = match.uriCaptures;
  const { path, prefix } = upstreamPath(match);
  request.strippedPrefix = prefix;
  request.serviceRequest.path = path;
}

/** A Route that wants TLS, or gRPC, answers what came without it before any plugin runs. */
function checkProtocol(request: ProxiedRequest, { route }: RouteMatch): void {
  // Protocols of a Route come from one group: one that takes http takes whatever came.
  if (route.protocols.includes('http')) return;
  const { connection, incoming } = request;
  const forwarded = (name: string) => (connection.trusted ? request.header(name) : undefined);
  const answer = protocolAnswer(route, {
    forwardedProto: forwarded('x-forwarded-proto') ?? connection.scheme,
    forwardedHost: forwarded('x-forwarded-host') ?? plainHost(connection.host) ?? NO_HOST,
    target: request.target,
    contentType: request.header('content-type'),
    isHttp2: incoming.httpVersionMajor > 1,
  });
  if (answer?.kind === 'error') request.fail(answer.status, answer.message, answer.headers);
  else if (answer) request.exit(answer.status, undefined, answer.headers);
}

function answerOptions(settings: Settings): AnswerOptions {
  const { headers, allowDebugHeader } = settings;
  return {
    errors: {
      defaultType: settings.errorDefaultType,
      templates: {
        html: settings.errorTemplateHtml,
        json: settings.errorTemplateJson,
        xml: settings.errorTemplateXml,
        plain: settings.errorTemplatePlain,
      },
    },
    own: {
      server: headers.has('Server'),
      via: headers.has('Via'),
      proxyLatency: headers.has('X-Kong-Proxy-Latency'),
      upstreamLatency: headers.has('X-Kong-Upstream-Latency'),
      responseLatency: headers.has('X-Kong-Response-Latency'),
      upstreamStatus: headers.has('X-Kong-Upstream-Status'),
      requestId: headers.has('X-Kong-Request-Id'),
      debug: allowDebugHeader,
      token: PRODUCT.token,
    },
  };
}
