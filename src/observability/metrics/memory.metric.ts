import { getHeapSpaceStatistics } from 'node:v8';
import type { DeclareMetric } from '../metric-family.js';

/**
 * Memory of the script engine under the names dashboards for Kong ask for: the heap for the worker's Lua VM, and its spaces,
 * each with a size and what of it is used, for the shared dictionaries.
 */
const declare: DeclareMetric = (registry, { node: { identity } }) => {
  registry.gauge(
    {
      name: 'kong_memory_workers_lua_vms_bytes',
      help: 'Allocated bytes in worker Lua VM',
      labels: ['node_id', 'pid', 'kong_subsystem'],
    },
    () => [[[identity.id, String(process.pid), 'http'], process.memoryUsage().heapUsed]],
  );
  registry.gauge(
    {
      name: 'kong_memory_lua_shared_dict_bytes',
      help: 'Allocated slabs in bytes in a shared_dict',
      labels: ['node_id', 'shared_dict', 'kong_subsystem'],
    },
    () => getHeapSpaceStatistics().map((space) => [[identity.id, space.space_name, 'http'], space.space_used_size]),
  );
  registry.gauge(
    {
      name: 'kong_memory_lua_shared_dict_total_bytes',
      help: 'Total capacity in bytes of a shared_dict',
      labels: ['node_id', 'shared_dict', 'kong_subsystem'],
    },
    () => getHeapSpaceStatistics().map((space) => [[identity.id, space.space_name, 'http'], space.space_size]),
  );
  return undefined;
};
export default declare;
