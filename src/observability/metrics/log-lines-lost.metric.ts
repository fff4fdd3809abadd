import type { DeclareMetric } from '../metric-family.js';

/** Log lines that could not be written or sent. */
const declare: DeclareMetric = (registry, { lostLines }) => {
  registry.gauge(
    {
      name: 'sluice_log_lines_lost_total',
      help: 'Log lines that could not be delivered, by plugin and by where they should have gone',
      labels: ['plugin', 'sink'],
      type: 'counter',
    },
    () => Array.from(lostLines.entries(), ({ plugin, sink, lines }) => [[plugin, sink], lines]),
  );
  return undefined;
};
export default declare;
