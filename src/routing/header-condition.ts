import { textOfBytes } from '../entities/byte-string.js';
import type { RoutableRequest } from './routable-request.js';
import { RoutePattern } from './route-pattern.js';
import type { RouterRules } from './router-rules.js';

const NONE: readonly RoutePattern[] = [];

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
  ) {}

  static of(name: string, values: readonly string[], rules: RouterRules): HeaderCondition {
    const lower = name.toLowerCase().replaceAll('_', '-');
    const underscored = lower.includes('-') ? lower.replaceAll('-', '_') : undefined;
    const plain = new Set(values.map((value) => value.toLowerCase()));
    return new HeaderCondition(lower, underscored, plain, patternsIn(values, rules));
  }

  holds(request: RoutableRequest): boolean {
    let values = request.header(this.name);
    if (values.length === 0 && this.underscored !== undefined) values = request.header(this.underscored);
    for (const value of values) {
      const lower = textOfBytes(value).toLowerCase();
      if (this.values.has(lower)) return true;
      for (const pattern of this.patterns) if (pattern.test(lower)) return true;
    }
    return false;
  }
}

/**
 * Kong's flavors differ: `traditional` takes a pattern only when it is the header's one value, and as it is written; the
 * others take any of them, in lower case, so that `\D` means `\d` (kong/router/traditional.lua, transform.lua).
 */
function patternsIn(values: readonly string[], { flavor }: RouterRules): readonly RoutePattern[] {
  if (flavor === 'traditional' && values.length !== 1) return NONE;
  const patterns = values.filter((value) => value.startsWith('~*')).map((value) => value.slice(2));
  return patterns.map((pattern) => {
    return RoutePattern.compile(flavor === 'traditional' ? pattern : pattern.toLowerCase(), { anchored: false });
  });
}
