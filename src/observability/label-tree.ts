import { breathe } from './breathe.js';
import type { SnapshotSeries } from './family-snapshot.js';
import { bounded, labelText } from './labels.js';

/** How many series a metric has at most; what comes after is counted together, in one series more. */
const MOST_SERIES = 10_000;
/** How many series are looked at in one go. */
const SLICE = 500;
/** The value of every label of that one series. */
const OVERFLOW = 'overflow';

interface Branch<Series> {
  readonly next: Map<string, Branch<Series>>;
  series: Series | undefined;
}

/**
 * The series of one metric, found by their label values. One step per label: most values are texts of the configuration,
 * whose hashes are known already, so a walk costs less than joining them into one key.
 */
export class LabelTree<Series> {
  private readonly root: Branch<Series> = newBranch();
  /** In the order of their labels' text, so that a scrape has nothing to sort. */
  private readonly ordered: { readonly labels: string; readonly series: Series }[] = [];
  private overflow: Series | undefined;

  constructor(
    private readonly names: readonly string[],
    private readonly create: () => Series,
    /** Told each time something is counted in the overflow series. */
    private readonly overflowed: () => void,
    private readonly mostSeries = MOST_SERIES,
  ) {}

  /** The series with these label values, in the order of the label names. */
  at(values: readonly string[]): Series {
    let branch = this.root;
    for (let index = 0; index < values.length; index++) {
      const value = bounded(values[index] as string);
      let next = branch.next.get(value);
      if (!next) {
        if (this.ordered.length >= this.mostSeries) return this.overflowSeries();
        next = newBranch();
        branch.next.set(value, next);
      }
      branch = next;
    }
    branch.series ??= this.add(values.map(bounded));
    return branch.series;
  }

  /** Every series with its numbers, in order. */
  async snapshot(numbersOf: (series: Series) => readonly number[]): Promise<SnapshotSeries[]> {
    const taken: SnapshotSeries[] = [];
    // A copy, as series may be added while the loop breathes.
    for (const { labels, series } of this.ordered.slice()) {
      taken.push([labels, numbersOf(series)]);
      if (taken.length % SLICE === 0) await breathe();
    }
    return taken;
  }

  private overflowSeries(): Series {
    this.overflowed();
    this.overflow ??= this.add(this.names.map(() => OVERFLOW));
    return this.overflow;
  }

  private add(values: readonly string[]): Series {
    const labels = labelText(this.names, values);
    const series = this.create();
    let low = 0;
    let high = this.ordered.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.ordered[middle] as { labels: string }).labels < labels) low = middle + 1;
      else high = middle;
    }
    this.ordered.splice(low, 0, { labels, series });
    return series;
  }
}

const newBranch = <Series>(): Branch<Series> => ({ next: new Map(), series: undefined });
