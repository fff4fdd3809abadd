import type { ProxiedRequest } from '../pdk/proxied-request.js';
import type { RoutableRequest } from '../routing/routable-request.js';

/** A request as the router looks at it. */
export class RoutableView implements RoutableRequest {
  readonly method: string;
  readonly host: string;
  readonly rawPath: string;
  readonly query: string | undefined;
  readonly scheme: 'http' | 'https';
  readonly sni: string | undefined;
  readonly port: number;
  readonly clientIp: string;
  readonly clientPort: number;

  constructor(private readonly request: ProxiedRequest) {
    const { connection } = request;
    this.method = request.method;
    this.host = connection.host;
    this.rawPath = request.rawPath;
    this.query = request.rawQuery;
    this.scheme = connection.scheme;
    this.sni = connection.tls?.sni;
    this.port = connection.port;
    this.clientIp = connection.clientIp;
    this.clientPort = connection.clientPort;
  }

  header(lowerName: string): readonly string[] {
    return this.request.headers.getAll(lowerName);
  }
}
