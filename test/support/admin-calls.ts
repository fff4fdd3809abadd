import { type Answer, type CallOptions, call } from './call.js';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

export interface AdminEntity {
  readonly id: string;
  readonly name: string;
  readonly created_at: number;
  readonly updated_at: number;
}

export interface AdminPage {
  readonly data: AdminEntity[];
  readonly next: string | null;
  readonly offset?: string;
}

/** Calls of an Admin API by method. `address`: where it listens, once it does. */
export function adminCalls(address: () => string) {
  const send = (method: string, path: string, options: CallOptions = {}): Promise<Answer> =>
    call(address() + path, { ...options, method });
  return {
    send,
    get: (path: string) => send('GET', path),
    post: (path: string, body: object) => send('POST', path, { body }),
    put: (path: string, body: object) => send('PUT', path, { body }),
    patch: (path: string, body: object) => send('PATCH', path, { body }),
    remove: (path: string) => send('DELETE', path),
    form: (method: string, path: string, body: string) => send(method, path, { body, headers: FORM }),
  };
}
