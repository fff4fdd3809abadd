/**
 * The record of one request, identical for every reader: file-log, http-log, metrics, traces. Field by field Kong's
 * (kong/pdk/log.lua; recorded from 3.9.3). Latencies in milliseconds, sizes in bytes, times in epoch milliseconds.
 */
export interface LogRecord {
  readonly request: {
    readonly id: string;
    readonly method: string;
    readonly uri: string;
    readonly url: string;
    readonly querystring: Readonly<Record<string, string | true | (string | true)[]>>;
    readonly headers: Readonly<Record<string, string | string[]>>;
    readonly size: number;
    readonly tls?: { readonly version: string; readonly cipher: string; readonly client_verify: string };
  };
  readonly upstream_uri: string;
  /** All tries joined: `"502, 200"`; `''` when no upstream was reached. */
  readonly upstream_status: string;
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string | string[]>>;
    readonly size: number;
  };
  readonly latencies: {
    readonly request: number;
    readonly kong: number;
    /** -1 when nothing was proxied. */
    readonly proxy: number;
    readonly receive: number;
  };
  /** Absent when no Route matched; empty when the request never got to the balancer. */
  readonly tries?: readonly LoggedTry[];
  /** Only when a credential was found. */
  readonly authenticated_entity?: { readonly id: string };
  readonly route?: LoggedEntity;
  readonly service?: LoggedEntity;
  readonly consumer?: LoggedEntity;
  readonly client_ip: string;
  readonly started_at: number;
  readonly source: 'upstream' | 'kong';
  readonly workspace: string;
  readonly workspace_name: string;
  readonly ai?: Readonly<Record<string, unknown>>;
  /** What else plugins added. */
  readonly [field: string]: unknown;
}

/** An entity as stored, without what is unset; `ws_id` is its workspace. */
export type LoggedEntity = Readonly<Record<string, unknown>>;

export interface LoggedTry {
  readonly balancer_start: number;
  readonly balancer_start_ns: number;
  readonly balancer_latency: number;
  readonly balancer_latency_ns: number;
  readonly ip: string;
  readonly port: number;
  /** Only on failed tries. */
  readonly state?: 'failed' | 'next';
  readonly code?: number;
}
