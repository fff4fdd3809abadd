/** One thing seen of an address, by a probe or by real traffic. The failures are named as Kong's limits are. */
export type Observation = 'success' | Failure;
export type Failure = 'http_failures' | 'tcp_failures' | 'timeouts';

/**
 * How many observations of a kind change the state; 0: that kind is ignored. Active and passive checks have limits of their
 * own, but count together.
 */
export type HealthLimits = Readonly<Record<Failure | 'successes', number>>;

/** The limits of one kind of checks, as an Upstream has them. */
export const limitsOf = ({
  healthy,
  unhealthy,
}: {
  readonly healthy: Pick<HealthLimits, 'successes'>;
  readonly unhealthy: Readonly<Record<Failure, number>>;
}): HealthLimits => ({
  successes: healthy.successes,
  http_failures: unhealthy.http_failures,
  tcp_failures: unhealthy.tcp_failures,
  timeouts: unhealthy.timeouts,
});

/** What is thought of an address, and what was counted since something spoke against that. Source: Kong's resty.healthcheck. */
export interface Health {
  readonly state: 'healthy' | 'unhealthy';
  /** `undefined`: nothing speaks against the state. */
  readonly counted: Readonly<Record<Failure | 'successes', number>> | undefined;
}

const NOTHING = { successes: 0, http_failures: 0, tcp_failures: 0, timeouts: 0 };
export const HEALTHY: Health = { state: 'healthy', counted: undefined };
export const UNHEALTHY: Health = { state: 'unhealthy', counted: undefined };

/**
 * A success takes back the failures counted so far, and a failure the successes; but only if that kind is counted at all:
 * where `successes` is 0, as it is by default, failures add up however many requests succeed between them.
 */
export function afterObservation(health: Health, observation: Observation, limits: HealthLimits): Health {
  const isSuccess = observation === 'success';
  const kind = isSuccess ? 'successes' : observation;
  const said = isSuccess ? HEALTHY : UNHEALTHY;
  if (limits[kind] === 0) return health;
  if (health.counted === undefined && health.state === said.state) return health;
  const before = health.counted ?? NOTHING;
  const count = before[kind] + 1;
  if (count >= limits[kind]) return said;
  const counted = isSuccess ? { ...NOTHING, successes: count } : { ...before, successes: 0, [kind]: count };
  return { state: health.state, counted };
}

/** What an HTTP status says of the address that answered with it; in neither list: nothing. */
export function observationOf(
  status: number,
  healthy: ReadonlySet<number>,
  unhealthy: ReadonlySet<number>,
): Observation | undefined {
  if (healthy.has(status)) return 'success';
  return unhealthy.has(status) ? 'http_failures' : undefined;
}
