import { describe, expect, it } from '@jest/globals';
import { exposition } from './exposition.js';
import type { FamilySnapshot } from './family-snapshot.js';
import { mergedSnapshots } from './merge-snapshots.js';
import { MetricRegistry } from './metric-registry.js';

/** One process that has seen some traffic; its answer as another process gets it. */
async function aProcess(requests: Record<string, number>, latencies: number[]): Promise<FamilySnapshot[]> {
  const registry = new MetricRegistry();
  const counter = registry.counter({ name: 'requests_total', help: 'h', labels: ['code'] });
  for (const [code, count] of Object.entries(requests)) counter.at(code).add(count);
  const histogram = registry.histogram({ name: 'latency_ms', help: 'h', labels: ['route'], buckets: [10, 100] });
  for (const latency of latencies) histogram.at('r').observe(latency);
  registry.gauge({ name: 'oldest', help: 'h', aggregation: 'min' }, () => [[[], latencies.length]]);
  return JSON.parse(JSON.stringify(await registry.snapshot())) as FamilySnapshot[];
}

async function pageOf(families: readonly FamilySnapshot[]): Promise<string[]> {
  let page = '';
  for await (const piece of exposition(families)) page += piece;
  return page.split('\n');
}

describe('Metrics of several processes', () => {
  it('are shown as those of one: counts and buckets add up, gauges by their own rule', async () => {
    const one = await aProcess({ 200: 2, 404: 1 }, [5, 50]);
    const other = await aProcess({ 200: 3, 500: 1 }, [500]);
    const page = await pageOf(await mergedSnapshots([one, other]));

    expect(page).toEqual(
      expect.arrayContaining([
        'requests_total{code="200"} 5',
        'requests_total{code="404"} 1',
        'requests_total{code="500"} 1',
        'latency_ms_bucket{route="r",le="10"} 1',
        'latency_ms_bucket{route="r",le="100"} 2',
        'latency_ms_bucket{route="r",le="+Inf"} 3',
        'latency_ms_count{route="r"} 3',
        'latency_ms_sum{route="r"} 555',
        'oldest 1',
      ]),
    );
    expect(page.filter((line) => line.startsWith('# TYPE requests_total'))).toHaveLength(1);
  });

  it('include what prom-client knows of each process', async () => {
    const processes = [await aProcess({}, []), await aProcess({}, [])];
    const memory = (families: readonly FamilySnapshot[]) =>
      families.find(({ name }) => name === 'sluice_process_resident_memory_bytes')?.series[0]?.[1][0] as number;

    expect(memory(await mergedSnapshots(processes))).toBe(processes.reduce((total, each) => total + memory(each), 0));
  });
});
