/** Kong's `router_flavor`. */
export type RouterFlavor = 'traditional' | 'traditional_compatible' | 'expressions';

/** By whose rules Routes match and precede each other. */
export interface RouterRules {
  readonly flavor: RouterFlavor;
  /**
   * Kong's `route_match_calculation = strict`: precedence as documented rather than as shipped, and no https-only Route with
   * SNIs that matches http. Without effect in flavor `traditional`.
   */
  readonly strict?: boolean;
}
