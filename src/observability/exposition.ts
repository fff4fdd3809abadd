import { breathe } from './breathe.js';
import type { FamilySnapshot, SnapshotSeries } from './family-snapshot.js';

/** How many lines are written in one go: well under a millisecond's work. */
const SLICE = 500;

/** Of `/metrics`, as Kong sends it. */
export const EXPOSITION_TYPE = 'text/plain; charset=UTF-8';

/**
 * Prometheus' text format, piece by piece; requests have their turn between the pieces. Metrics come sorted by name and
 * their series by labels, as on Kong's page; a metric without a series is left out.
 */
export async function* exposition(families: readonly FamilySnapshot[]): AsyncGenerator<string> {
  const sorted = [...families].sort((a, b) => (a.name < b.name ? -1 : 1));
  let piece = '';
  let lines = 0;
  for (const family of sorted) {
    for (const line of linesOf(family)) {
      piece += line;
      if (++lines % SLICE !== 0) continue;
      yield piece;
      piece = '';
      await breathe();
    }
  }
  yield piece;
}

function* linesOf(family: FamilySnapshot): Generator<string> {
  const { name, help, type, series } = family;
  if (series.length === 0) return;
  yield `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${type}\n`;
  if (type === 'histogram') yield* histogramLines(family);
  else for (const [labels, [value]] of series) yield line(name, labels, value as number);
}

function* histogramLines({ name, buckets = [], series }: FamilySnapshot): Generator<string> {
  const totals: number[] = [];
  for (const [labels, values] of series) {
    const before = labels === '' ? '' : `${labels},`;
    let total = 0;
    for (let index = 0; index < buckets.length; index++) {
      total += values[index] as number;
      yield `${name}_bucket{${before}le="${buckets[index]}"} ${total}\n`;
    }
    total += values[buckets.length] as number;
    yield `${name}_bucket{${before}le="+Inf"} ${total}\n`;
    totals.push(total);
  }
  for (let index = 0; index < series.length; index++) {
    yield line(`${name}_count`, (series[index] as SnapshotSeries)[0], totals[index] as number);
  }
  for (const [labels, values] of series) yield line(`${name}_sum`, labels, values.at(-1) as number);
}

const line = (name: string, labels: string, value: number): string =>
  labels === '' ? `${name} ${numberText(value)}\n` : `${name}{${labels}} ${numberText(value)}\n`;

function numberText(value: number): string {
  if (Number.isInteger(value)) return String(value);
  if (Number.isFinite(value)) return String(Number(value.toPrecision(14)));
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}
