/** A series' labels as text and its numbers: one for counters and gauges; for histograms the bucket counts, then the sum. */
export type SnapshotSeries = readonly [labels: string, values: readonly number[]];

/** A metric of one process at one moment, or of several taken together. Plain JSON: processes send it to each other. */
export interface FamilySnapshot {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** How the values of several processes make one. */
  readonly aggregation: 'sum' | 'first' | 'max' | 'min' | 'average';
  /** Upper bounds of a histogram's buckets, without `+Inf`. */
  readonly buckets?: readonly number[];
  /** Sorted by labels. */
  readonly series: readonly SnapshotSeries[];
}
