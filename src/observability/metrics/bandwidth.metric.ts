import type { DeclareMetric } from '../metric-family.js';

/** Bytes from clients (`ingress`) and to them (`egress`), heads included. */
const declare: DeclareMetric = (registry) => {
  const bandwidth = registry.counter({
    name: 'kong_bandwidth_bytes',
    help: 'Total bandwidth (ingress/egress) throughput in bytes',
    labels: ['service', 'route', 'direction', 'workspace', 'consumer'],
  });
  return ({ service, route, workspace, consumer, record: { request, response } }, switches) => {
    if (!switches.bandwidth) return;
    if (request.size > 0) bandwidth.at(service, route, 'ingress', workspace, consumer).add(request.size);
    if (response.size > 0) bandwidth.at(service, route, 'egress', workspace, consumer).add(response.size);
  };
};
export default declare;
