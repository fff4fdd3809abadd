import { Injectable } from '@nestjs/common';
import { exposition } from './exposition.js';
import type { FamilySnapshot } from './family-snapshot.js';
import { mergedSnapshots } from './merge-snapshots.js';
import { MetricRegistry } from './metric-registry.js';

/** What `/metrics` shows: this process and, where several serve one node, the others as well. */
@Injectable()
export class MetricsPage {
  private snapshotsOfSiblings: () => Promise<readonly (readonly FamilySnapshot[])[]> = async () => [];

  constructor(private readonly registry: MetricRegistry) {}

  /** Tells how the other processes of this node are asked for what `MetricRegistry.snapshot` gives in them. */
  askSiblings(ask: () => Promise<readonly (readonly FamilySnapshot[])[]>): void {
    this.snapshotsOfSiblings = ask;
  }

  async *text(): AsyncGenerator<string> {
    const [own, others] = await Promise.all([this.registry.snapshot(), this.snapshotsOfSiblings()]);
    yield* exposition(others.length > 0 ? await mergedSnapshots([own, ...others]) : own);
  }
}
