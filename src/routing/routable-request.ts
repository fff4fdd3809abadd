/** What routing looks at. Strings are as the client sent them: byte strings, nothing decoded, no case changed. */
export interface RoutableRequest {
  readonly method: string;
  /** The Host header (or `:authority`), port included; `''`: there was none. */
  readonly host: string;
  /** The request target without its query string. */
  readonly rawPath: string;
  /** The query string without `?`; `undefined`: there was no `?`. Read by flavor `expressions` only. */
  readonly query: string | undefined;
  readonly scheme: 'http' | 'https';
  /** The TLS server name. */
  readonly sni?: string | undefined;
  /** The listener's port, as clients see it. */
  readonly port: number;
  readonly clientIp: string;
  readonly clientPort: number;
  /** The address the client connected to. Read by flavor `expressions` only. */
  readonly serverIp?: string | undefined;
  /** Every value of a header, one per line; empty: not sent. `lowerName`: the name in lower case. */
  header(lowerName: string): readonly string[];
}
