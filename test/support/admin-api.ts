import { freePort } from './free-port.js';

/** An Admin API within the test's own process. */
export interface AdminApi {
  readonly url: string;
  close(): Promise<void>;
}

export interface AdminRequest {
  readonly method?: string;
  /** Objects are sent as JSON, text as a form. */
  readonly body?: object | string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface AdminResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/**
 * Starts a whole gateway in this process. Settings are read once per process, when its modules are first loaded, so a test
 * file starts one, with one environment.
 */
export async function startAdminApi(environment: Readonly<Record<string, string>>): Promise<AdminApi> {
  const admin = await freePort();
  Object.assign(process.env, {
    KONG_PROXY_LISTEN: 'off',
    KONG_STATUS_LISTEN: 'off',
    KONG_ADMIN_LISTEN: `127.0.0.1:${admin}`,
    KONG_LOG_LEVEL: 'crit',
    ...environment,
  });
  const { startGateway } = await import('../../src/gateway.js');
  const app = await startGateway();
  return { url: `http://127.0.0.1:${admin}`, close: () => app.close() };
}

export async function ask(
  { url }: AdminApi,
  path: string,
  { method, body, headers = {} }: AdminRequest = {},
): Promise<AdminResponse> {
  const type = typeof body === 'string' ? 'application/x-www-form-urlencoded' : 'application/json';
  const response = await fetch(url + path, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { ...(body !== undefined && { 'content-type': type }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
}
