import type { Reading } from '../families.js';
import { TARGET_STATES } from '../health-reports.js';
import type { DeclareMetric } from '../metric-family.js';

/** Four series per address of a Target, one of which is 1. Shown while an instance of the plugin asks for it. */
const declare: DeclareMetric = (registry, { health }) => {
  registry.gauge(
    {
      name: 'kong_upstream_target_health',
      help: `Health status of targets of upstream. States = ${TARGET_STATES.join('|')}, value is 1 when state is populated.`,
      labels: ['upstream', 'target', 'address', 'state', 'subsystem'],
      // Each process judges for itself; one that cannot reach a Target is worth seeing.
      aggregation: 'max',
    },
    function* (): Generator<Reading> {
      if (!health.isWanted) return;
      for (const { upstream, target, address, state } of health.targets()) {
        for (const name of TARGET_STATES) yield [[upstream, target, address, name, 'http'], name === state ? 1 : 0];
      }
    },
  );
  return undefined;
};
export default declare;
