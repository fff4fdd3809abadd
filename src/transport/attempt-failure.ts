export type FailureKind = 'error' | 'timeout' | 'invalid_header';

/** What undici and the system call it → what Kong's `failover_criteria` and retries call it. */
const kinds: Record<string, FailureKind> = {
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  ETIMEDOUT: 'timeout',
  UND_ERR_HEADERS_OVERFLOW: 'invalid_header',
  UND_ERR_WRITE_TIMEOUT: 'timeout',
};

/** An attempt that broke: before, within or after the response's head. The upstream's fault, never the client's. */
export class AttemptFailure extends Error {
  readonly source = 'upstream';

  private constructor(
    readonly kind: FailureKind,
    /** Whether request bytes may have reached the upstream, so that repeating it could act twice. */
    readonly sent: boolean,
    readonly code: string,
    cause: Error,
  ) {
    super(`upstream attempt failed: ${code}`, { cause });
  }

  static from(cause: Error & { code?: string }, sent: boolean): AttemptFailure {
    const code = cause.code ?? cause.name;
    // llhttp's complaints about what the upstream wrote: HPE_INVALID_CONSTANT and the like.
    const kind = kinds[code] ?? (code.startsWith('HPE_') ? 'invalid_header' : 'error');
    return new AttemptFailure(kind, sent, code, cause);
  }
}
