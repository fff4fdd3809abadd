import type { DeclareMetric } from '../metric-family.js';

const LEVELS = { closed: 0, 'half-open': 1, open: 2 } as const;

/** Circuit breakers of Upstreams and AI balancers. */
const declare: DeclareMetric = (registry, { health }) => {
  registry.gauge(
    {
      name: 'sluice_circuit_state',
      help: 'State of a circuit breaker: 0 closed, 1 half-open (one trial under way), 2 open',
      labels: ['balancer', 'candidate'],
      aggregation: 'max',
    },
    () => Array.from(health.circuits(), ({ balancer, candidate, state }) => [[balancer, candidate], LEVELS[state]]),
  );
  return undefined;
};
export default declare;
