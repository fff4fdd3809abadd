/** What Kong's `failover_criteria` and retries tell failures apart by. */
export type FailureKind = 'error' | 'timeout' | 'invalid_header';

/** What went wrong, by the name that undici, the system or we have for it → what Kong's retries call it. */
const kinds: Record<string, FailureKind> = {
  CONNECT_TIMEOUT: 'timeout',
  WRITE_TIMEOUT: 'timeout',
  READ_TIMEOUT: 'timeout',
  ETIMEDOUT: 'timeout',
  UND_ERR_HEADERS_OVERFLOW: 'invalid_header',
};

const RESET = 'CONNECTION_RESET';

/**
 * Gives ECONNRESET another name on its way through undici, which takes one for the end of a body that is as long as its
 * connection (lib/dispatcher/client-h1.js, onHttpSocketError): an answer that broke off would look whole.
 */
export function disguiseReset(error: NodeJS.ErrnoException): void {
  if (error.code === 'ECONNRESET') error.code = RESET;
}

/** Kong's words for what happens to a connection (lua-resty-http); anything else is told as its cause tells it. */
const reasons: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'closed',
  EPIPE: 'closed',
  UND_ERR_SOCKET: 'closed',
};

/** An attempt that broke: before, within or after the response's head. The upstream's fault, never the client's. */
export class AttemptFailure extends Error {
  private constructor(
    readonly kind: FailureKind,
    /** Whether request bytes may have reached the upstream, so that repeating it could act twice. */
    readonly sent: boolean,
    readonly code: string,
    cause: Error | undefined,
  ) {
    super(`upstream attempt failed: ${code}`, { cause });
  }

  static from(cause: Error & { code?: string }, sent: boolean): AttemptFailure {
    const code = cause.code === RESET ? 'ECONNRESET' : (cause.code ?? cause.name);
    // llhttp's complaints about what the upstream wrote: HPE_INVALID_CONSTANT and the like.
    const kind = kinds[code] ?? (code.startsWith('HPE_') ? 'invalid_header' : 'error');
    return new AttemptFailure(kind, sent, code, cause);
  }

  /** For a client to read: what happened, and nothing about where. */
  get reason(): string {
    if (this.kind === 'timeout') return 'timeout';
    // What follows a semicolon is Node's advice to whoever runs it.
    return reasons[this.code] ?? (this.cause as Error | undefined)?.message.split(';', 1)[0] ?? this.code;
  }

  /** The upstream neither took nor gave anything for as long as it may. */
  static silence(code: 'WRITE_TIMEOUT' | 'READ_TIMEOUT'): AttemptFailure {
    return new AttemptFailure('timeout', true, code, undefined);
  }
}
