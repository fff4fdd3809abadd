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
  constructor(
    private readonly registry: MetricRegistry,
    private readonly siblings: Siblings,
  ) {
    siblings.answer(TOPIC, () => registry.snapshot());
  }

  async *text(): AsyncGenerator<string> {
    const [own, answers] = await Promise.all([
      this.registry.snapshot(),
      this.siblings.ask<FamilySnapshot[] | { readonly error: string }>(TOPIC, null),
    ]);
    const others = answers.filter((answer) => Array.isArray(answer));
    yield* exposition(others.length > 0 ? await mergedSnapshots([own, ...others]) : own);
  }
}
