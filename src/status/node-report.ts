import { Injectable } from '@nestjs/common';
import { NodeState, type TrafficFigures } from '../observability/node-state.js';
import { Siblings } from '../processes/siblings.js';
import { type MemoryFigures, memoryFigures } from './memory-report.js';

/** How one process is doing. */
export interface ProcessReport {
  readonly traffic: TrafficFigures;
  readonly memory: MemoryFigures;
}

const REPORT = 'status';
const DRAIN = 'drain';

/** How the node is doing: this process and, where several serve one node, the others as well. */
@Injectable()
export class NodeReport {
  constructor(
    private readonly node: NodeState,
    private readonly siblings: Siblings,
  ) {
    siblings.answer(REPORT, () => this.own());
    siblings.answer(DRAIN, () => node.drain());
  }

  async ofAllProcesses(): Promise<ProcessReport[]> {
    const answers = await this.siblings.ask<ProcessReport | { readonly error: string }>(REPORT, null);
    return [this.own(), ...answers.filter((answer) => 'traffic' in answer)];
  }

  async drainAllProcesses(): Promise<void> {
    this.node.drain();
    await this.siblings.ask(DRAIN, null);
  }

  private own(): ProcessReport {
    return { traffic: this.node.traffic.figures(), memory: memoryFigures() };
  }
}

/** The figures of several processes as those of one. */
export function together(figures: readonly TrafficFigures[]): TrafficFigures {
  const sum = (of: keyof TrafficFigures) => figures.reduce((total, each) => total + each[of], 0);
  return {
    accepted: sum('accepted'),
    handled: sum('handled'),
    active: sum('active'),
    writing: sum('writing'),
    waiting: sum('waiting'),
    requests: sum('requests'),
  };
}
