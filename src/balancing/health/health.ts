/** One thing seen of an address, by a probe or by real traffic. The failures are named as Kong's limits are. */
export type Observation = 'success' | Failure;
export type Failure = 'http_failures' | 'tcp_failures' | 'timeouts';

/** Who looks. Each counts for itself: answers to real traffic do not make up for probes that fail, nor the other way round. */
export type Observer = 'active' | 'passive';

/** How many observations of a kind change the state; 0: that kind is ignored. */
export interface HealthLimits extends Readonly<Record<Failure | 'successes', number>> {
  readonly observer: Observer;
}

/** The limits of one kind of checks, as an Upstream has them. */
export const limitsOf = (
  observer: Observer,
  {
    healthy,
    unhealthy,
  }: { readonly healthy: Pick<HealthLimits, 'successes'>; readonly unhealthy: Record<Failure, number> },
): HealthLimits => ({
  observer,
  successes: healthy.successes,
  http_failures: unhealthy.http_failures,
  tcp_failures: unhealthy.tcp_failures,
  timeouts: unhealthy.timeouts,
});

/** What is thought of an address, and what speaks against it so far. Source: Kong's resty.healthcheck. */
export type Health =
  | { readonly state: 'healthy'; readonly failures: Readonly<Record<Observer, Readonly<Record<Failure, number>>>> }
  | { readonly state: 'unhealthy'; readonly successes: Readonly<Record<Observer, number>> };

const NO_FAILURES = { http_failures: 0, tcp_failures: 0, timeouts: 0 };
export const HEALTHY: Health = { state: 'healthy', failures: { active: NO_FAILURES, passive: NO_FAILURES } };
export const UNHEALTHY: Health = { state: 'unhealthy', successes: { active: 0, passive: 0 } };

/** A success takes back the failures counted so far, and a failure the successes: what counts is a row of them. */
export function afterObservation(health: Health, observation: Observation, limits: HealthLimits): Health {
  const { observer } = limits;
  switch (health.state) {
    case 'healthy': {
      const before = health.failures[observer];
      if (observation === 'success')
        return before === NO_FAILURES ? health : failing(health.failures, observer, NO_FAILURES);
      if (limits[observation] === 0) return health;
      const count = before[observation] + 1;
      if (count >= limits[observation]) return UNHEALTHY;
      return failing(health.failures, observer, { ...before, [observation]: count });
    }
    case 'unhealthy': {
      const isSuccess = observation === 'success';
      if (limits[isSuccess ? 'successes' : observation] === 0) return health;
      const count = isSuccess ? health.successes[observer] + 1 : 0;
      if (count >= limits.successes && isSuccess) return HEALTHY;
      return { state: 'unhealthy', successes: { ...health.successes, [observer]: count } };
    }
  }
}

/** Equal to `HEALTHY`, and so forgotten, once nothing speaks against the address. */
function failing(
  failures: Extract<Health, { state: 'healthy' }>['failures'],
  observer: Observer,
  counts: Readonly<Record<Failure, number>>,
): Health {
  const after = { ...failures, [observer]: counts };
  return after.active === NO_FAILURES && after.passive === NO_FAILURES
    ? HEALTHY
    : { state: 'healthy', failures: after };
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
