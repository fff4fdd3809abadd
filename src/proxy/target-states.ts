import type { UpstreamBalancer } from '../balancing/upstream-balancer.js';
import { addressHealth } from '../balancing/upstream-health.js';
import type { TargetHealth } from '../observability/health-reports.js';

/** How each address of each Target is, as the metrics show it. */
export function* targetStates(upstreams: Iterable<UpstreamBalancer>): Generator<TargetHealth> {
  for (const balancer of upstreams) {
    const upstream = balancer.entity.name;
    for (const target of balancer.targets) {
      const shown = { upstream, target: target.entity.target };
      if (target.state === 'dns-error') yield { ...shown, address: '', state: 'dns_error' };
      for (const address of target.addresses) {
        const state = addressHealth(balancer, address).toLowerCase() as TargetHealth['state'];
        yield { ...shown, address: `${address.ip}:${address.port}`, state };
      }
    }
  }
}
