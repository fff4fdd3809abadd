import type { RoutableRequest } from './routable-request.js';
import type { RouterRules } from './router-rules.js';

/**
 * A Route's `snis`. Over plain http there is no server name, and the attribute counts as matched so that a Route for https
 * can answer with a redirect (Kong #6425).
 */
export class SniCondition {
  private constructor(
    private readonly names: ReadonlySet<string>,
    /** `*.example.com`, kept as `.example.com`. */
    private readonly suffixes: readonly string[],
    /** `example.*`, kept as `example.`. */
    private readonly prefixes: readonly string[],
    private readonly holdsOverHttp: boolean,
  ) {}

  static of(snis: readonly string[], protocols: readonly string[], { flavor, strict }: RouterRules): SniCondition {
    const plain = snis.filter((sni) => !sni.includes('*')).map(withoutTrailingDot);
    const suffixes = snis.filter((sni) => sni.startsWith('*')).map((sni) => withoutTrailingDot(sni.slice(1)));
    const prefixes = snis.filter((sni) => sni.endsWith('*')).map((sni) => sni.slice(0, -1));
    const holdsOverHttp =
      flavor === 'traditional' || strict !== true || protocols.includes('http') || protocols.includes('grpc');
    return new SniCondition(new Set(plain), suffixes, prefixes, holdsOverHttp);
  }

  holds({ scheme, sni }: RoutableRequest): boolean {
    if (scheme === 'http') return this.holdsOverHttp;
    if (!sni) return false;
    const name = withoutTrailingDot(sni);
    if (this.names.has(name)) return true;
    for (const suffix of this.suffixes) if (name.length > suffix.length && name.endsWith(suffix)) return true;
    for (const prefix of this.prefixes) if (name.length > prefix.length && name.startsWith(prefix)) return true;
    return false;
  }
}

/** The dot that ends a fully qualified name is not used for routing. */
const withoutTrailingDot = (name: string): string => (name.length > 1 && name.endsWith('.') ? name.slice(0, -1) : name);
