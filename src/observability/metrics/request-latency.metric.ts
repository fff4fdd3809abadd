import type { DeclareMetric } from '../metric-family.js';

/** First byte from the client to last byte to the client. */
const declare: DeclareMetric = (registry) => {
  const histogram = registry.histogram({
    name: 'kong_request_latency_ms',
    help: 'Total latency incurred during requests for each service/route in Kong',
    labels: ['service', 'route', 'workspace'],
    buckets: [25, 50, 80, 100, 250, 400, 700, 1000, 2000, 5000, 10000, 30000, 60000], // Kong's
  });
  return ({ service, route, workspace, record: { latencies } }, { latency }) => {
    if (latency) histogram.at(service, route, workspace).observe(latencies.request);
  };
};
export default declare;
