import type { DeclareMetric } from '../metric-family.js';

/** Clients' connections to the proxy, in nginx's states. */
const declare: DeclareMetric = (registry, { node: { identity, traffic } }) => {
  registry.gauge(
    {
      name: 'kong_nginx_connections_total',
      help: 'Number of connections by subsystem',
      labels: ['node_id', 'subsystem', 'state'],
    },
    () => {
      const { accepted, active, handled, requests, waiting, writing } = traffic.figures();
      // Kong's exporter shows the number of requests as `total`.
      const states = { accepted, active, handled, reading: 0, total: requests, waiting, writing };
      return Object.entries(states).map(([state, count]) => [[identity.id, 'http', state], count]);
    },
  );
  return undefined;
};
export default declare;
