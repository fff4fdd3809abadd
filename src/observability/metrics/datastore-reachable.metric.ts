import type { DeclareMetric } from '../metric-family.js';

/** Whether the store could be used when it was last needed; 1 where there is none. */
const declare: DeclareMetric = (registry, { node }) => {
  registry.gauge(
    {
      name: 'kong_datastore_reachable',
      help: 'Datastore reachable from Kong, 0 is unreachable',
      aggregation: 'min',
    },
    () => [[[], node.datastore.reachable ? 1 : 0]],
  );
  return undefined;
};
export default declare;
