import { Injectable } from '@nestjs/common';
import { Siblings } from '../processes/siblings.js';
import { exposition } from './exposition.js';
import type { FamilySnapshot } from './family-snapshot.js';
import { mergedSnapshots } from './merge-snapshots.js';
import { MetricRegistry } from './metric-registry.js';

const TOPIC = 'metrics';

/** What `/metrics` shows: this process and, where several serve one node, the others as well. */
@Injectable()
export class MetricsPage {
  /** What processes that died had counted. */
  private inherited: FamilySnapshot[][] = [];

  constructor(
    private readonly registry: MetricRegistry,
    private readonly siblings: Siblings,
  ) {
    siblings.answer(TOPIC, () => this.own());
    siblings.inherit<FamilySnapshot[]>(TOPIC, (counts) => void this.inherited.push(counts));
  }

  async *text(): AsyncGenerator<string> {
    const answers = await this.siblings.ask<FamilySnapshot[] | { readonly error: string }>(TOPIC, null);
    // After the others: what is inherited comes with their answers.
    const own = await this.own();
    const others = answers.filter((answer) => Array.isArray(answer));
    yield* exposition(others.length > 0 ? await mergedSnapshots([own, ...others]) : own);
  }

  /**
   * This process's part. What of it has been shown once must not go missing when the process dies: to Prometheus a count that
   * shrinks is one that has begun anew, and it would add up the rest a second time.
   */
  private async own(): Promise<FamilySnapshot[]> {
    const now = await this.registry.snapshot();
    const whole = this.inherited.length > 0 ? await mergedSnapshots([now, ...this.inherited]) : now;
    this.siblings.keep(TOPIC, whole.filter(isCount));
    return whole;
  }
}

const isCount = ({ type, aggregation }: FamilySnapshot): boolean => type !== 'gauge' && aggregation === 'sum';
