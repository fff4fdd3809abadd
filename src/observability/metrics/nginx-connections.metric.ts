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
      const states = {
        accepted: traffic.accepted,
        active: traffic.active,
        handled: traffic.handled,
        reading: 0,
        // Kong's exporter shows the number of requests under this name.
        total: traffic.requests,
        waiting: traffic.waiting,
        writing: traffic.writing,
      };
      return Object.entries(states).map(([state, count]) => [[identity.id, 'http', state], count]);
    },
  );
  return undefined;
};
export default declare;
