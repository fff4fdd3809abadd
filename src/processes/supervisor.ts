import cluster, { type Worker } from 'node:cluster';
import type { ProcessMessage } from './siblings.js';

/** A worker that is too busy to answer must not hold up a scrape for ever. */
const ANSWER_WITHIN_MS = 2000;
/** A worker that dies at once, again and again, is started again at this pace. */
const RESTART_AFTER_MS = 1000;

type Report = (message: string) => void;

interface Question {
  readonly from: Worker;
  readonly ask: number;
  readonly missing: Set<number>;
  readonly answers: unknown[];
  readonly timer: NodeJS.Timeout;
}

/**
 * The first process of a gateway of several (KONG_NGINX_WORKER_PROCESSES): starts the workers, which share the listening
 * ports, carries their questions to each other, starts anew what dies, and passes signals on. It serves nothing itself.
 */
export class Supervisor {
  private readonly questions = new Map<number, Question>();
  /** What workers said must not be lost with them, by topic. */
  private readonly kept = new Map<number, Map<string, unknown>>();
  /** What those that died have left, by topic, until somebody asks about it. */
  private readonly left = new Map<string, unknown[]>();
  private lastQuestion = 0;
  private stopping = false;
  private failed = false;
  /** Workers that have opened their listeners. */
  private readonly listening = new Set<number>();

  constructor(
    private readonly count: number,
    /** What the workers are in logs, metrics and health reports: one node. */
    private readonly nodeId: string,
    private readonly report: Report,
  ) {}

  run(): void {
    cluster.on('message', (worker, message: ProcessMessage) => this.receive(worker, message));
    cluster.on('listening', (worker) => this.listening.add(worker.id));
    cluster.on('exit', (worker, code, signal) => this.ended(worker, code, signal));
    for (let index = 0; index < this.count; index++) this.start();
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) process.on(signal, () => this.stop(signal));
    for (const signal of ['SIGHUP', 'SIGUSR1'] as const) process.on(signal, () => this.tellAll(signal));
  }

  private start(): void {
    cluster.fork({ KONG_NODE_ID: this.nodeId });
  }

  private stop(signal: NodeJS.Signals): void {
    this.stopping = true;
    this.tellAll(signal === 'SIGQUIT' ? 'SIGTERM' : signal);
  }

  private tellAll(signal: NodeJS.Signals): void {
    for (const worker of this.workers()) worker.process.kill(signal);
  }

  private workers(): Worker[] {
    return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
  }

  private ended(worker: Worker, code: number | null, signal: string | null): void {
    for (const question of this.questions.keys()) this.replied(question, worker.id);
    for (const [topic, payload] of this.kept.get(worker.id) ?? []) {
      this.left.set(topic, [...(this.left.get(topic) ?? []), payload]);
    }
    this.kept.delete(worker.id);
    if (this.stopping) {
      if (this.workers().length === 0) process.exit(this.failed ? 1 : (code ?? 0));
      return;
    }
    // A worker that could not start has said why. The others fail alike, and the gateway ends as one process would.
    if (code === 1 && !this.listening.has(worker.id)) {
      this.stop('SIGTERM');
      this.failed = true;
      if (this.workers().length === 0) process.exit(1);
      return;
    }
    this.report(`worker ${worker.process.pid} ended (${signal ?? `exit ${code}`}) and is started again`);
    setTimeout(() => this.start(), RESTART_AFTER_MS);
  }

  private receive(worker: Worker, message: ProcessMessage): void {
    if (message.kind === 'reply') {
      this.questions.get(message.question)?.answers.push(message.answer);
      this.replied(message.question, worker.id);
      return;
    }
    if (message.kind === 'keep') this.keptBy(worker).set(message.topic, message.payload);
    if (message.kind !== 'ask') return;
    this.bequeath(message.topic, worker);
    const question = ++this.lastQuestion;
    const others = this.workers().filter((other) => other !== worker);
    const timer = setTimeout(() => this.close(question), ANSWER_WITHIN_MS);
    const missing = new Set(others.map(({ id }) => id));
    this.questions.set(question, { from: worker, ask: message.ask, missing, answers: [], timer });
    const { topic, payload } = message;
    for (const other of others) other.send({ kind: 'question', question, topic, payload } satisfies ProcessMessage);
    if (others.length === 0) this.close(question);
  }

  private keptBy({ id }: Worker): Map<string, unknown> {
    const known = this.kept.get(id);
    if (known) return known;
    const kept = new Map<string, unknown>();
    this.kept.set(id, kept);
    return kept;
  }

  private bequeath(topic: string, heir: Worker): void {
    for (const payload of this.left.get(topic) ?? []) {
      heir.send({ kind: 'inherit', topic, payload } satisfies ProcessMessage);
    }
    this.left.delete(topic);
  }

  private replied(question: number, workerId: number): void {
    const open = this.questions.get(question);
    open?.missing.delete(workerId);
    if (open?.missing.size === 0) this.close(question);
  }

  private close(question: number): void {
    const open = this.questions.get(question);
    if (!open) return;
    this.questions.delete(question);
    clearTimeout(open.timer);
    if (!open.from.isConnected()) return;
    open.from.send({ kind: 'answers', ask: open.ask, answers: open.answers } satisfies ProcessMessage);
  }
}
