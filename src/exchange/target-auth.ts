import type { AuthConfig } from '../ai/auth-config.js';
import type { LogFields } from '../pdk/log-fields.js';
import type { AccessRequest } from '../pdk/plugin.js';

/** The key of a target, decided at configuration time. */
export interface TargetAuth {
  /** Header name as configured, and in lower case. */
  readonly header: { readonly name: string; readonly lower: string; readonly value: string } | undefined;
  readonly query: { readonly name: string; readonly value: string } | undefined;
  readonly body: { readonly name: string; readonly json: string } | undefined;
  readonly allowOverride: boolean;
  /** Whether there is a key of any kind. */
  readonly isConfigured: boolean;
}

const NO_AUTH: TargetAuth = {
  header: undefined,
  query: undefined,
  body: undefined,
  allowOverride: false,
  isConfigured: false,
};

/** Throws, without repeating the key, when it cannot stand in a header. */
export function targetAuth(auth: AuthConfig | undefined): TargetAuth {
  if (!auth) return NO_AUTH;
  const { header_name, header_value, param_name, param_value, param_location, allow_override } = auth;
  // A field set to null in a file is as good as left out.
  const header = header_name != null && header_value != null ? headerOf(header_name, header_value) : undefined;
  const parameter = param_name != null && param_value != null ? { name: param_name, value: param_value } : undefined;
  return {
    header,
    query: param_location === 'query' ? parameter : undefined,
    body:
      parameter && param_location === 'body'
        ? { name: parameter.name, json: JSON.stringify(parameter.value) }
        : undefined,
    allowOverride: allow_override,
    isConfigured: header !== undefined || parameter !== undefined,
  };
}

/** A key read from a file or a variable often has a line end after it; anywhere else there is none to guess at. */
function headerOf(name: string, text: string) {
  const value = text.trim();
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) throw new Error(`auth.header_name '${name}' is no header name`);
  if (/[^\t\x20-\x7e\x80-\xff]/.test(value))
    throw new Error(`auth.header_value holds what no header '${name}' may hold`);
  return { name, lower: name.toLowerCase(), value };
}

/** Client headers that belong to the client's own account: next to another account's key they make OpenAI answer 401. */
const ACCOUNT_HEADERS = ['openai-organization', 'openai-project', 'chatgpt-account-id'] as const;

/**
 * The account headers that came from the client itself. One that an earlier plugin set or changed is the operator's word and
 * goes on.
 */
export function clientAccountHeaders({ headers, incoming }: AccessRequest): readonly string[] {
  let found: string[] | undefined;
  for (const name of ACCOUNT_HEADERS) {
    const sent = incoming.headers[name];
    if (sent !== undefined && headers.get(name) === sent) (found ??= []).push(name);
  }
  return found ?? NONE;
}

const NONE: readonly string[] = [];

/** Keeps what a header carries out of the log. `lower`: its name in lower case. */
export function hideHeader(logFields: LogFields, lower: string): void {
  logFields.set(`request.headers.${lower.replaceAll('.', '\\.')}`, 'REDACTED');
}

/** A query string with a parameter in it. Its other parameters stay as they were written. */
export function withParameter(query: string | undefined, name: string, value: string, keepPresent: boolean) {
  const key = encodeURIComponent(name);
  const others = query ? query.split('&') : [];
  const isOther = (part: string) => decoded(part.split('=', 1)[0] as string) !== name;
  if (keepPresent && !others.every(isOther)) return query;
  return [`${key}=${encodeURIComponent(value)}`, ...others.filter(isOther)].join('&');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
