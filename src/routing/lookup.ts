import { textOfBytes } from '../entities/byte-string.js';
import { normalizedPath } from '../entities/normalized-path.js';
import { hostParts } from './host-header.js';
import { queryArguments } from './query-arguments.js';
import type { RoutableRequest } from './routable-request.js';
import type { RouterFlavor } from './router-rules.js';

/** One search through a route table: the request, and what every comparison needs of it, worked out once. */
export class Lookup {
  /** Normalized; a byte string. */
  readonly path: string;
  /** The Host header without its port; `''`: there was none. */
  readonly hostName: string;
  /** The port in the Host header; `undefined`: it has none. */
  readonly statedPort: number | undefined;
  private decodedPath: string | undefined;
  private splitPath: readonly string[] | undefined;
  private parsedQuery: ReadonlyMap<string, readonly string[]> | undefined;

  constructor(
    readonly request: RoutableRequest,
    flavor: RouterFlavor,
  ) {
    const { host, rawPath } = request;
    this.path = normalizedPath(rawPath);
    const { name, port } = hostParts(host, flavor);
    this.hostName = name;
    this.statedPort = port;
  }

  /** The path as regular expressions see it: a character is one, however many bytes it takes. */
  get pathText(): string {
    return (this.decodedPath ??= textOfBytes(this.path));
  }

  /** What stands between the slashes of the path; a slash at the end begins no segment. */
  get segments(): readonly string[] {
    return (this.splitPath ??= segmentsIn(this.path));
  }

  get queryArguments(): ReadonlyMap<string, readonly string[]> {
    return (this.parsedQuery ??= queryArguments(this.request.query ?? ''));
  }
}

function segmentsIn(path: string): string[] {
  const segments = path.slice(1).split('/');
  while (segments.at(-1) === '') segments.pop();
  return segments;
}
