import { Pool } from 'undici';
import { PRODUCT } from '../../entities/product.js';
import type { Milliseconds } from '../../entities/units.js';

export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Where lines go, and how. */
export interface EndpointOptions {
  readonly url: string;
  readonly method: 'POST' | 'PUT' | 'PATCH';
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeout: Milliseconds;
  readonly keepAlive: Milliseconds;
  readonly verify: boolean;
  /** Asked before each request: a certificate can be replaced while the endpoint stays. */
  readonly certificate: () => ClientCertificate | undefined;
}

/** An HTTP server that takes log lines. */
export class LogEndpoint {
  /** The URL without its secrets: what messages and metrics may show. */
  readonly name: string;
  private readonly url: URL;
  private readonly headers: Record<string, string>;
  private pool: Pool | undefined;
  private shown: ClientCertificate | undefined;

  constructor(private readonly options: EndpointOptions) {
    this.url = new URL(options.url);
    this.name = `${this.url.origin}${this.url.pathname}`;
    const configured = Object.entries(options.headers).map(([name, value]) => [name.toLowerCase(), value] as const);
    this.headers = {
      'user-agent': PRODUCT.token,
      ...Object.fromEntries(configured),
      'content-type': options.contentType,
      ...authorization(this.url),
    };
  }

  /** Sends a body; answers with what went wrong, or nothing once the server has taken it. */
  async send(body: string): Promise<string | undefined> {
    const { method, timeout } = this.options;
    const { pathname, search } = this.url;
    try {
      const response = await this.connections().request({
        method,
        path: `${pathname}${search}`,
        headers: this.headers,
        body,
        headersTimeout: timeout,
        bodyTimeout: timeout,
      });
      await response.body.dump();
      const { statusCode } = response;
      return statusCode < 300 ? undefined : `the server answered ${statusCode}`;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      return code === undefined || message.includes(code) ? message : `${message} (${code})`;
    }
  }

  async close(): Promise<void> {
    await this.pool?.destroy();
  }

  private connections(): Pool {
    const certificate = this.options.certificate();
    if (this.pool && this.shown === certificate) return this.pool;
    void this.pool?.close();
    this.shown = certificate;
    const { timeout, keepAlive, verify } = this.options;
    this.pool = new Pool(this.url.origin, {
      allowH2: false,
      keepAliveTimeout: Math.max(1, keepAlive),
      connect: { timeout, rejectUnauthorized: verify, ...certificate },
    });
    return this.pool;
  }
}

function authorization({ username, password }: URL): Record<string, string> {
  if (username === '') return {};
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
}
