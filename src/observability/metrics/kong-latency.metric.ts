import type { DeclareMetric } from '../metric-family.js';

/** Time until the request was handed to the upstream, or until the gateway answered itself. */
const declare: DeclareMetric = (registry) => {
  const histogram = registry.histogram({
    name: 'kong_kong_latency_ms',
    help: 'Latency added by Kong and enabled plugins for each service/route in Kong',
    labels: ['service', 'route', 'workspace'],
    buckets: [1, 2, 5, 7, 10, 15, 20, 30, 50, 75, 100, 200, 500, 750, 1000, 3000, 6000], // Kong's
  });
  return ({ service, route, workspace, record: { latencies } }, { latency }) => {
    if (latency) histogram.at(service, route, workspace).observe(latencies.kong);
  };
};
export default declare;
