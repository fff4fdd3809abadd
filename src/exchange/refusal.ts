import type { AccessRequest } from '../pdk/plugin.js';

/**
 * What the gateway answers itself in place of a model, in OpenAI's form, so that clients show the message. Kong's texts:
 * ai-proxy's error catalogue (kong/llm/plugin/shared-filters, kong/llm/drivers/shared.lua).
 *
 * Nearly all are 400. Codex repeats 5xx and 401 up to thirty times and a 400 least, and none of these would go away.
 */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  /** OpenAI's `error.type` and `error.code`, where clients act on them. */
  readonly type?: string;
  readonly code?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const badRequest = (message: string): Refusal => ({ status: 400, message });

export const NO_PROMPT = badRequest("request body doesn't contain valid prompts");
export const NO_MODEL = badRequest('model parameter not found in request, nor in gateway configuration');
export const UNKNOWN_ALIAS = badRequest('model not configured');
export const STREAMING_DENIED = badRequest('response streaming is not enabled for this LLM');
/** Kong's status where every target's circuit is open. */
export const NO_TARGET: Refusal = {
  status: 500,
  message: 'no target of this route can take requests at the moment',
  type: 'server_error',
};

export const otherModel = (name: string): Refusal => badRequest(`cannot use own model - must be: ${name}`);
/** A problem found by a format or a template, already in Kong's words. */
export const unfit = badRequest;

/** The key was to come from somewhere that has none. Names the place, never a value. */
export const missingKey = (missing: string): Refusal => ({
  status: 400,
  message: `the gateway has no key for this route's provider: '${missing}' is not set where the gateway runs`,
  type: 'invalid_request_error',
  code: 'gateway_key_missing',
});

/** A read or an unknown call where only requests to a model are taken. */
export const onlyPost = (method: string): Refusal => ({
  status: 405,
  message: `this address takes POST requests to a model, not ${method}`,
  type: 'invalid_request_error',
  headers: { Allow: 'POST' },
});

/** Codex takes 426 as "use HTTP" at once, and gives up on 400 or retries for minutes on anything else. */
export const NO_WEBSOCKET: Refusal = {
  status: 426,
  message: 'WebSocket is not supported here; send the request over HTTP',
  type: 'invalid_request_error',
  code: 'websocket_not_supported',
};

/** Answers the client with a refusal, in access. */
export function refuse(request: AccessRequest, { status, message, type, code, headers }: Refusal): void {
  const error = type === undefined ? { message } : { message, type, param: null, code: code ?? null };
  request.exit(status, { error }, headers);
}
