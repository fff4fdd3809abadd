import { describe, expect, it } from '@jest/globals';
import { afterObservation, HEALTHY, type Health, type HealthLimits, type Observation, UNHEALTHY } from './health.js';

const limits = (over: Partial<HealthLimits> = {}): HealthLimits => ({
  successes: 2,
  http_failures: 3,
  tcp_failures: 2,
  timeouts: 1,
  ...over,
});

describe('health', () => {
  const after = (health: Health, observations: Observation[], over?: Partial<HealthLimits>) =>
    observations.reduce((current, observation) => afterObservation(current, observation, limits(over)), health).state;

  it.each<[string, Health, Observation[], Health['state']]>([
    ['stays healthy one failure short of the limit', HEALTHY, ['http_failures', 'http_failures'], 'healthy'],
    ['ends at the limit', HEALTHY, ['http_failures', 'http_failures', 'http_failures'], 'unhealthy'],
    ['counts each kind of failure for itself', HEALTHY, ['http_failures', 'tcp_failures', 'http_failures'], 'healthy'],
    ['ends at the first failure where one is the limit', HEALTHY, ['timeouts'], 'unhealthy'],
    [
      'is taken back by a success in between',
      HEALTHY,
      ['http_failures', 'http_failures', 'success', 'http_failures', 'http_failures'],
      'healthy',
    ],
    [
      'is taken back by one success even where two are asked for',
      HEALTHY,
      ['http_failures', 'http_failures', 'success', 'http_failures', 'http_failures', 'success'],
      'healthy',
    ],
    ['comes back at the last success asked for', UNHEALTHY, ['success', 'success'], 'healthy'],
    ['does not come back one success short', UNHEALTHY, ['success'], 'unhealthy'],
    [
      'does not come back by successes with a failure among them',
      UNHEALTHY,
      ['success', 'timeouts', 'success'],
      'unhealthy',
    ],
  ])('%s', (_, health, observations, state) => {
    expect(after(health, observations)).toBe(state);
  });

  it('ignores kinds whose limit is 0', () => {
    const failures = Array<Observation>(300).fill('http_failures');
    expect(after(HEALTHY, failures, { http_failures: 0 })).toBe('healthy');
    expect(after(UNHEALTHY, Array<Observation>(300).fill('success'), { successes: 0 })).toBe('unhealthy');
    expect(after(UNHEALTHY, ['success', 'http_failures', 'success'], { http_failures: 0 })).toBe('healthy');
  });

  it('adds failures up however many requests succeed between them, where successes are not counted', () => {
    const observations: Observation[] = ['http_failures', 'success', 'http_failures', 'success', 'http_failures'];
    expect(after(HEALTHY, observations, { successes: 0 })).toBe('unhealthy');
    expect(after(HEALTHY, observations)).toBe('healthy');
  });

  it('lets a probe that fails count although real traffic succeeds', () => {
    let health: Health = HEALTHY;
    for (let round = 0; round < 3; round++) {
      health = afterObservation(health, 'http_failures', limits());
      health = afterObservation(health, 'success', limits({ successes: 0 }));
    }
    expect(health.state).toBe('unhealthy');
  });

  it('counts probes and real traffic together, each against its own limit', () => {
    const [probes, traffic] = [limits({ http_failures: 5 }), limits({ http_failures: 2 })];
    const once = afterObservation(HEALTHY, 'http_failures', probes);
    expect(afterObservation(once, 'http_failures', traffic).state).toBe('unhealthy');
    expect(afterObservation(once, 'http_failures', probes).state).toBe('healthy');
  });
});
