import type { FamilySnapshot, SnapshotSeries } from './family-snapshot.js';
import { LabelTree } from './label-tree.js';
import { labelText } from './labels.js';

export interface FamilyDescription {
  readonly name: string;
  readonly help: string;
  /** In the order they are written. */
  readonly labels?: readonly string[];
}

/** A metric as the registry sees it. */
export interface Family {
  /** Its series now; in slices, for those that can have many. */
  snapshot(): Promise<FamilySnapshot>;
}

class CounterSeries {
  value = 0;

  add(amount: number): void {
    this.value += amount;
  }
}

/** Counts that only grow. */
export class CounterFamily implements Family {
  private readonly tree: LabelTree<CounterSeries>;

  constructor(
    private readonly description: FamilyDescription,
    overflowed: () => void,
  ) {
    this.tree = new LabelTree(description.labels ?? [], () => new CounterSeries(), overflowed);
  }

  at(...labels: string[]): CounterSeries {
    return this.tree.at(labels);
  }

  async snapshot(): Promise<FamilySnapshot> {
    const { name, help } = this.description;
    const series = await this.tree.snapshot(({ value }) => [value]);
    return { name, help, type: 'counter', aggregation: 'sum', series };
  }
}

class HistogramSeries {
  /** How many fell into each bucket but into none below; the last is what is above all bounds. */
  readonly counts: number[];
  sum = 0;

  constructor(private readonly bounds: readonly number[]) {
    this.counts = Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    const { bounds, counts } = this;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++;
    counts[bucket] = (counts[bucket] as number) + 1;
    this.sum += value;
  }
}

export interface HistogramDescription extends FamilyDescription {
  /** Inclusive upper bounds, ascending; `+Inf` is understood. */
  readonly buckets: readonly number[];
}

/** How often values fell into which range. */
export class HistogramFamily implements Family {
  private readonly tree: LabelTree<HistogramSeries>;

  constructor(
    private readonly description: HistogramDescription,
    overflowed: () => void,
  ) {
    this.tree = new LabelTree(description.labels ?? [], () => new HistogramSeries(description.buckets), overflowed);
  }

  at(...labels: string[]): HistogramSeries {
    return this.tree.at(labels);
  }

  async snapshot(): Promise<FamilySnapshot> {
    const { name, help, buckets } = this.description;
    const series = await this.tree.snapshot(({ counts, sum }) => [...counts, sum]);
    return { name, help, type: 'histogram', aggregation: 'sum', buckets, series };
  }
}

/** One value of a gauge: its label values and the number. */
export type Reading = readonly [labels: readonly string[], value: number];

export interface GaugeDescription extends FamilyDescription {
  /** How the readings of several processes of one node make one; `sum` when left out. */
  readonly aggregation?: FamilySnapshot['aggregation'];
  /** `counter` for a count that somebody else keeps. */
  readonly type?: 'gauge' | 'counter';
}

/** Something that is looked up whenever somebody asks. */
export class GaugeFamily implements Family {
  constructor(
    private readonly description: GaugeDescription,
    private readonly read: () => Iterable<Reading>,
  ) {}

  async snapshot(): Promise<FamilySnapshot> {
    const { name, help, labels = [], aggregation = 'sum', type = 'gauge' } = this.description;
    // Two readings under the same labels, such as a Target entered twice, would make the whole page unreadable.
    const byLabels = new Map<string, number>();
    for (const [values, value] of this.read()) byLabels.set(labelText(labels, values), value);
    const series = Array.from(byLabels, ([text, value]): SnapshotSeries => [text, [value]]);
    return { name, help, type, aggregation, series: series.sort(inOrder) };
  }
}

const inOrder = ([a]: SnapshotSeries, [b]: SnapshotSeries): number => (a < b ? -1 : a > b ? 1 : 0);
