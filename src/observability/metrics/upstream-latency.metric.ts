import type { DeclareMetric } from '../metric-family.js';

/** Time the upstream took to answer. Not observed for requests that never reached one. */
const declare: DeclareMetric = (registry) => {
  const histogram = registry.histogram({
    name: 'kong_upstream_latency_ms',
    help: 'Latency added by upstream response for each service/route in Kong',
    labels: ['service', 'route', 'workspace'],
    buckets: [25, 50, 80, 100, 250, 400, 700, 1000, 2000, 5000, 10000, 30000, 60000], // Kong's
  });
  return ({ service, route, workspace, record: { latencies } }, { latency }) => {
    if (latency && latencies.proxy >= 0) histogram.at(service, route, workspace).observe(latencies.proxy);
  };
};
export default declare;
