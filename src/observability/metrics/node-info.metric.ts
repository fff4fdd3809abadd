import type { DeclareMetric } from '../metric-family.js';

/** Always 1; what it tells is in its labels. */
const declare: DeclareMetric = (registry, { node: { identity } }) => {
  registry.gauge(
    {
      name: 'kong_node_info',
      help: 'Kong Node metadata information',
      labels: ['node_id', 'version'],
      aggregation: 'first',
    },
    () => [[[identity.id, identity.version], 1]],
  );
  return undefined;
};
export default declare;
