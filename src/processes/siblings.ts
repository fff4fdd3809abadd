import cluster from 'node:cluster';

/** What travels between a worker process and its supervisor. */
export type ProcessMessage =
  /** Worker → supervisor: put this to every other worker. */
  | { readonly kind: 'ask'; readonly ask: number; readonly topic: string; readonly payload: unknown }
  /** Supervisor → worker: answer this. */
  | { readonly kind: 'question'; readonly question: number; readonly topic: string; readonly payload: unknown }
  /** Worker → supervisor. */
  | { readonly kind: 'reply'; readonly question: number; readonly answer: unknown }
  /** Worker → supervisor: what must not be lost with this worker; takes the place of what it said before. */
  | { readonly kind: 'keep'; readonly topic: string; readonly payload: unknown }
  /** Supervisor → the first worker that asks about the topic: what a worker that died had to keep. */
  | { readonly kind: 'inherit'; readonly topic: string; readonly payload: unknown }
  /** Supervisor → the worker that asked. */
  | { readonly kind: 'answers'; readonly ask: number; readonly answers: readonly unknown[] };

type Answerer = (payload: never) => unknown;

/**
 * The other worker processes of this gateway. Any of them can ask the others: for their metrics, or to take a
 * configuration. A gateway of one process has none. What is asked and answered must survive JSON.
 */
export class Siblings {
  private readonly answerers = new Map<string, Answerer>();
  private readonly heirs = new Map<string, (payload: never) => void>();
  private readonly waiting = new Map<number, (answers: readonly unknown[]) => void>();
  private lastAsk = 0;

  constructor() {
    if (cluster.isWorker) process.on('message', (message: ProcessMessage) => this.receive(message));
  }

  /** Says how this process answers a topic. */
  answer<Payload>(topic: string, answerer: (payload: Payload) => unknown): void {
    this.answerers.set(topic, answerer as Answerer);
  }

  /** Says what must not be lost when this process dies: the first sibling that asks about the topic then inherits it. */
  keep(topic: string, payload: unknown): void {
    if (cluster.isWorker) process.send?.({ kind: 'keep', topic, payload } satisfies ProcessMessage);
  }

  /** Says who takes what a sibling that died had to keep. It is told before the answers to the question that brought it. */
  inherit<Payload>(topic: string, heir: (payload: Payload) => void): void {
    this.heirs.set(topic, heir);
  }

  /** Puts a question to the others and answers with what came back; one that does not answer in time is left out. */
  ask<Answer>(topic: string, payload: unknown): Promise<Answer[]> {
    if (!cluster.isWorker) return Promise.resolve([]);
    const ask = ++this.lastAsk;
    return new Promise((resolve) => {
      this.waiting.set(ask, (answers) => resolve(answers as Answer[]));
      process.send?.({ kind: 'ask', ask, topic, payload } satisfies ProcessMessage);
    });
  }

  private receive(message: ProcessMessage): void {
    if (message.kind === 'question') {
      const { question, topic, payload } = message;
      this.own(topic, payload).then(
        (answer) => process.send?.({ kind: 'reply', question, answer } satisfies ProcessMessage),
        (error: Error) => process.send?.({ kind: 'reply', question, answer: { error: error.message } }),
      );
    } else if (message.kind === 'inherit') {
      this.heirs.get(message.topic)?.(message.payload as never);
    } else if (message.kind === 'answers') {
      this.waiting.get(message.ask)?.(message.answers);
      this.waiting.delete(message.ask);
    }
  }

  private async own(topic: string, payload: unknown): Promise<unknown> {
    const answerer = this.answerers.get(topic);
    if (!answerer) throw new Error(`nobody here answers '${topic}'`);
    return answerer(payload as never);
  }
}
