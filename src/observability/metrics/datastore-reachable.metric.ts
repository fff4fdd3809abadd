import type { DeclareMetric } from '../metric-family.js';

/** Always 1: without a database the store is the memory of the process. */
const declare: DeclareMetric = (registry) => {
  registry.gauge(
    {
      name: 'kong_datastore_reachable',
      help: 'Datastore reachable from Kong, 0 is unreachable',
      aggregation: 'min',
    },
    () => [[[], 1]],
  );
  return undefined;
};
export default declare;
