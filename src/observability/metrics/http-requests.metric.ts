import type { DeclareMetric } from '../metric-family.js';

/** Requests by status, and by whose answer it was: the upstream's (`service`) or the gateway's own (`kong`). */
const declare: DeclareMetric = (registry) => {
  const requests = registry.counter({
    name: 'kong_http_requests_total',
    help: 'HTTP status codes per consumer/service/route in Kong',
    labels: ['service', 'route', 'code', 'source', 'workspace', 'consumer'],
  });
  return ({ service, route, workspace, consumer, record }, { statusCodes }) => {
    if (!statusCodes) return;
    const source = record.source === 'upstream' ? 'service' : 'kong';
    requests.at(service, route, String(record.response.status), source, workspace, consumer).add(1);
  };
};
export default declare;
