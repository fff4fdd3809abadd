import { textOfBytes } from '../entities/byte-string.js';
import type { RoutableRequest } from './routable-request.js';
import { type PatternMatch, RoutePattern } from './route-pattern.js';
import type { RouterRules } from './router-rules.js';

const NONE: readonly string[] = [];

/**
 * One entry of a Route's `headers`: the request has that header with one of these values. Letter case does not count, and
 * neither does `_` for `-` in the name. A value `~*…` is a regular expression that may match anywhere in the header's value.
 */
export class HeaderCondition {
  private constructor(
    private readonly name: string,
    /** The same name as some clients write it; `undefined`: it has no `-`. */
    private readonly underscored: string | undefined,
    private readonly values: ReadonlySet<string>,
    private readonly patterns: readonly RoutePattern[],
    /** Values and patterns in the order of the configuration. */
    private readonly inOrder: readonly (string | RoutePattern)[],
  ) {}

  static of(name: string, values: readonly string[], rules: RouterRules): HeaderCondition {
    const lower = name.toLowerCase().replaceAll('_', '-');
    const underscored = lower.includes('-') ? lower.replaceAll('-', '_') : undefined;
    const inOrder = values.map((value) => patternIn(value, values.length, rules) ?? value.toLowerCase());
    const plain = new Set(inOrder.filter((one) => typeof one === 'string'));
    const patterns = inOrder.filter((one) => typeof one !== 'string');
    return new HeaderCondition(lower, underscored, plain, patterns, inOrder);
  }

  holds(request: RoutableRequest): boolean {
    for (const value of this.valuesIn(request)) {
      const lower = textOfBytes(value).toLowerCase();
      if (this.values.has(lower)) return true;
      for (const pattern of this.patterns) if (pattern.test(lower)) return true;
    }
    return false;
  }

  /** For a request the condition holds for: what the pattern matched that made it hold; `undefined`: a value did. */
  patternMatch(request: RoutableRequest): PatternMatch | undefined {
    const texts = this.valuesIn(request).map((value) => textOfBytes(value).toLowerCase());
    for (const asked of this.inOrder) {
      const text = texts.find((one) => (typeof asked === 'string' ? one === asked : asked.test(one)));
      if (text !== undefined) return typeof asked === 'string' ? undefined : asked.exec(text);
    }
    return undefined;
  }

  /** A header that was sent with `_` goes before one with `-`, as in `ngx.req.get_headers`. */
  private valuesIn(request: RoutableRequest): readonly string[] {
    const underscored = this.underscored === undefined ? NONE : request.header(this.underscored);
    return underscored.length > 0 ? underscored : request.header(this.name);
  }
}

/**
 * Kong's flavors differ: `traditional` takes a pattern only when it is the header's one value, and as it is written; the
 * others take any of them, in lower case, so that `\D` means `\d` (kong/router/traditional.lua, transform.lua).
 */
function patternIn(value: string, valuesBeside: number, { flavor }: RouterRules): RoutePattern | undefined {
  if (!value.startsWith('~*') || (flavor === 'traditional' && valuesBeside !== 1)) return undefined;
  const pattern = value.slice(2);
  if (flavor === 'traditional') return RoutePattern.compile(pattern, { anchored: false, unicode: false });
  return RoutePattern.compile(pattern.toLowerCase(), { anchored: false, unicode: true });
}
