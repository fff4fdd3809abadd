import { breathe } from './breathe.js';
import type { FamilySnapshot, SnapshotSeries } from './family-snapshot.js';

/** How many series are taken together in one go. */
const SLICE = 1000;

/**
 * The metrics of several processes of one node as those of one: any of them can answer a scrape for all. Takes what
 * `MetricRegistry.snapshot` gave in each.
 */
export async function mergedSnapshots(processes: readonly (readonly FamilySnapshot[])[]): Promise<FamilySnapshot[]> {
  const byName = new Map<string, FamilySnapshot[]>();
  for (const family of processes.flat()) {
    const known = byName.get(family.name);
    if (known) known.push(family);
    else byName.set(family.name, [family]);
  }
  const merged: FamilySnapshot[] = [];
  for (const same of byName.values()) merged.push(await mergedFamily(same));
  return merged;
}

async function mergedFamily(same: readonly FamilySnapshot[]): Promise<FamilySnapshot> {
  const [first] = same as [FamilySnapshot];
  if (same.length === 1) return first;
  const byLabels = new Map<string, number[][]>();
  let seen = 0;
  for (const { series } of same) {
    for (const [labels, values] of series) {
      const known = byLabels.get(labels);
      if (known) known.push(values as number[]);
      else byLabels.set(labels, [values as number[]]);
      if (++seen % SLICE === 0) await breathe();
    }
  }
  const combine = combinations[first.aggregation];
  const series: SnapshotSeries[] = [];
  for (const labels of [...byLabels.keys()].sort()) {
    const rows = byLabels.get(labels) as number[][];
    series.push([labels, (rows[0] as number[]).map((_, column) => combine(rows.map((row) => row[column] as number)))]);
    if (series.length % SLICE === 0) await breathe();
  }
  return { ...first, series };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const combinations: Record<FamilySnapshot['aggregation'], (values: readonly number[]) => number> = {
  sum,
  first: ([value]) => value as number,
  max: (values) => Math.max(...values),
  min: (values) => Math.min(...values),
  average: (values) => sum(values) / values.length,
};
