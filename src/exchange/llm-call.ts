import { performance } from 'node:perf_hooks';
import type { LlmAnswer } from '../ai/answer.js';
import { textOfCompletion } from '../ai/formats/openai-chat/chat-answer.js';
import { JsonMembers } from '../ai/json/json-members.js';
import { MemberNames } from '../ai/json/member-names.js';
import { hostInUrl } from '../entities/host.js';
import { PRODUCT } from '../entities/product.js';
import { type Bytes, bytes, type Milliseconds, milliseconds } from '../entities/units.js';
import type { AccessRequest } from '../pdk/plugin.js';
import type { AttemptOrder, AttemptTimeouts } from '../transport/attempt.js';
import { inflated, isCoded } from '../transport/content-coding.js';
import type { UpstreamClient } from '../transport/upstream-client.js';
import { type WholeAnswer, wholeAnswer } from '../transport/whole-answer.js';
import type { ExchangeTarget } from './exchange-target.js';
import type { CallRoute } from './llm-call-route.js';
import { type Refusal, unfit } from './refusal.js';
import { RequestSources } from './request-sources.js';
import { withParameter } from './target-auth.js';
import type { UpstreamLocation } from './upstream-location.js';

/** A turn of the conversation a model is asked to go on with. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** One call to a model and what is known of it, for logs. */
export interface CallFacts {
  readonly target: ExchangeTarget;
  readonly sent: Buffer;
  /** `undefined`: the model gave none. */
  readonly answer: LlmAnswer | undefined;
  /** The answer's body, without its content coding. */
  readonly received: Buffer | undefined;
  /** From the call's first byte to the answer's last. */
  readonly latency: Milliseconds;
}

/** What came of a call. */
export type LlmReply =
  | { readonly kind: 'text'; readonly text: string; readonly facts: CallFacts }
  /** In Kong's words, for the client. `facts`: of a call that was sent. */
  | { readonly kind: 'failed'; readonly refusal: Refusal; readonly facts: CallFacts | undefined }
  /** The client has left, and the call with it. */
  | { readonly kind: 'client-left' };

/**
 * The most of an answer that is taken. A model that writes 128,000 tokens, more than any does at once, fills half a megabyte;
 * the JSON around it may double that.
 */
const MOST_TAKEN: Bytes = bytes(4 * 1024 * 1024);

/** What a call is made with, beside its target; decided when the plugin is configured. */
export interface CallOptions {
  readonly upstreams: UpstreamClient;
  readonly route: CallRoute;
  readonly timeouts: AttemptTimeouts;
  /** `undefined`: the target's key is there, or none is needed. */
  readonly keyMissing: Refusal | undefined;
}

/**
 * Asks one model from within the gateway, in access: the plugin of a request needs its words to go on. The call is the
 * gateway's own: nothing of the client's request goes along but what the messages say. Source: Kong kong/llm/init.lua
 * (ai_introspect_body), kong/llm/drivers/shared.lua (http_request).
 */
export class LlmCall {
  private readonly memberNames: MemberNames;

  constructor(
    readonly target: ExchangeTarget,
    private readonly options: CallOptions,
  ) {
    this.memberNames = new MemberNames(target.memberNames);
  }

  /** `request`: on whose behalf. Its values fill the templates of the model's name and address, its end ends the call. */
  async ask(request: AccessRequest, messages: readonly ChatMessage[]): Promise<LlmReply> {
    const { target } = this;
    const { upstreams, route, timeouts, keyMissing } = this.options;
    if (keyMissing) return refused(keyMissing);
    const sources = new RequestSources(request);
    const choice = target.modelFor(undefined, false, true, sources);
    if ('refusal' in choice) return refused(choice.refusal);
    const located = target.locate(sources);
    if ('refusal' in located) return refused(located.refusal);

    const begun = performance.now();
    const way = await route.to(located.location);
    if ('problem' in way) return failure(`request to ai service failed: ${way.problem}`);
    const sent = this.worded(messages, choice.model);
    const path = `${way.prefix}${pathOf(located.location, target)}`;
    const headers = headersOf(located.location, target);
    const order: AttemptOrder = { address: way.address, method: 'POST', path, headers, body: sent, timeouts };
    const got = await wholeAnswer(upstreams, order, { limit: MOST_TAKEN, signal: request.over });
    return this.read(got, sent, begun);
  }

  private worded(messages: readonly ChatMessage[], model: string | undefined): Buffer {
    const body = JsonMembers.of(Buffer.from(JSON.stringify({ messages })), this.memberNames) as JsonMembers;
    return this.target.word(body, { model, stream: false, askUsage: false, isResource: false });
  }

  private async read(got: WholeAnswer, sent: Buffer, begun: number): Promise<LlmReply> {
    const { target } = this;
    const facts = (received?: Buffer, answer?: LlmAnswer): CallFacts => ({
      target,
      sent,
      received,
      answer,
      latency: milliseconds(performance.now() - begun),
    });
    switch (got.kind) {
      case 'abandoned':
        return { kind: 'client-left' };
      case 'failed':
        return failure(`request to ai service failed: ${got.failure.reason}`, facts());
      case 'too-large':
        return failure(`the answer is larger than ${MOST_TAKEN} bytes`, facts());
    }
    const plain = await plainBody(got);
    if (got.status > 299)
      return failure(`status code ${got.status}`, facts('bytes' in plain ? plain.bytes : undefined));
    if ('problem' in plain) return failure(plain.problem, facts());
    const said = textOfCompletion(plain.bytes);
    const all = facts(plain.bytes, target.format.readAnswer(plain.bytes));
    switch (said.kind) {
      case 'text':
        return { kind: 'text', text: said.text, facts: all };
      case 'no-text':
        return refused(unfit("no 'choices' in upstream AI service response"), all);
      case 'no-completion': {
        const from = `${target.providerName}://${target.routeType}`;
        const reason = `transformation failed from type ${from}: 'choices' not in llm/v1/chat response`;
        return refused(unfit(`failed to convert AI response to Kong format: ${reason}`), all);
      }
    }
  }
}

const refused = (refusal: Refusal, facts?: CallFacts): LlmReply => ({ kind: 'failed', refusal, facts });

const failure = (reason: string, facts?: CallFacts): LlmReply =>
  refused(unfit(`failed to introspect request with AI service: ${reason}`), facts);

type Plain = { readonly bytes: Buffer } | { readonly problem: string };

/** Content codings are not asked for; a server may use them all the same. */
async function plainBody({ headers, body }: WholeAnswer & { kind: 'answer' }): Promise<Plain> {
  const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-encoding');
  const coding = headers[at + 1];
  if (at < 0 || !isCoded(coding)) return { bytes: body };
  const inflation = await inflated(body, coding, MOST_TAKEN);
  switch (inflation.state) {
    case 'plain':
      return { bytes: inflation.bytes };
    case 'too-large':
      return { problem: `the answer, inflated, is larger than ${MOST_TAKEN} bytes` };
    case 'unknown-coding':
    case 'broken':
      return { problem: `the ${coding.slice(0, 100)} coding of the answer cannot be undone` };
  }
}

function pathOf({ path, query: own }: UpstreamLocation, { auth }: ExchangeTarget): string {
  const query = auth.query ? withParameter(own, auth.query.name, auth.query.value, false) : own;
  return query === undefined || query === '' ? path || '/' : `${path}?${query}`;
}

function headersOf({ scheme, host, port }: UpstreamLocation, { auth }: ExchangeTarget): string[] {
  const name = hostInUrl(host);
  const isUsual = port === (scheme === 'https' ? 443 : 80);
  const headers = ['Host', isUsual ? name : `${name}:${port}`, 'User-Agent', PRODUCT.token];
  headers.push('Accept', 'application/json', 'Content-Type', 'application/json');
  if (auth.header) headers.push(auth.header.name, auth.header.value);
  return headers;
}
