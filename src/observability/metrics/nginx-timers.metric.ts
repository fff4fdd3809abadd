import type { DeclareMetric } from '../metric-family.js';

/** Timers of the process. None runs while somebody looks: there is one thread. */
const declare: DeclareMetric = (registry) => {
  registry.gauge({ name: 'kong_nginx_timers', help: 'Number of nginx timers', labels: ['state'] }, () => {
    const pending = process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    return [
      [['pending'], pending],
      [['running'], 0],
    ];
  });
  return undefined;
};
export default declare;
