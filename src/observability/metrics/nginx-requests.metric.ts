import type { DeclareMetric } from '../metric-family.js';

/** Requests the proxy has taken, whether they matched a Route or not. */
const declare: DeclareMetric = (registry, { node: { identity, traffic } }) => {
  registry.gauge(
    { name: 'kong_nginx_requests_total', help: 'Number of requests total', labels: ['node_id', 'subsystem'] },
    () => [[[identity.id, 'http'], traffic.figures().requests]],
  );
  return undefined;
};
export default declare;
