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
  /** Absent when no Route matched. */
  readonly tries?: readonly {
    readonly balancer_start: number;
    readonly balancer_start_ns: number;
    readonly balancer_latency: number;
    readonly balancer_latency_ns: number;
    readonly ip: string;
    readonly port: number;
    readonly state?: string;
    readonly code?: number;
  }[];
  readonly authenticated_entity?: { readonly id: string; readonly consumer_id?: string };
  readonly route?: Readonly<Record<string, unknown>>;
  readonly service?: Readonly<Record<string, unknown>>;
  readonly consumer?: Readonly<Record<string, unknown>>;
  readonly client_ip: string;
  readonly started_at: number;
  readonly source: 'upstream' | 'kong';
  readonly workspace: string;
  readonly workspace_name: string;
  readonly ai?: Readonly<Record<string, unknown>>;
  /** What else plugins added. */
  readonly [field: string]: unknown;
}
