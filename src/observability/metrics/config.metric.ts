import type { DeclareMetric } from '../metric-family.js';

/** Which configuration is in force, and how often it was replaced. */
const declare: DeclareMetric = (registry, { configStore, configReloads }) => {
  registry.gauge(
    {
      name: 'sluice_config_info',
      help: 'Always 1; the label is the MD5 of the configuration in force',
      labels: ['hash'],
      aggregation: 'first',
    },
    () => [[[configStore.snapshot().hash], 1]],
  );
  registry.gauge(
    {
      name: 'sluice_config_reloads_total',
      help: 'Configurations taken into force since the start',
      type: 'counter',
      aggregation: 'max',
    },
    () => [[[], configReloads.taken]],
  );
  registry.gauge(
    {
      name: 'sluice_config_last_reload_seconds',
      help: 'When the configuration in force was taken, in seconds since 1970',
      aggregation: 'min',
    },
    () => (configReloads.lastTakenAt === undefined ? [] : [[[], configReloads.lastTakenAt]]),
  );
  return undefined;
};
export default declare;
