import type { Balancer, Balancers } from '../balancing/balancer.js';
import type { BalancingOptions } from './exchange-options.js';
import type { ExchangeTarget } from './exchange-target.js';

/** The targets a request may go to, and whether it named them by their alias. */
export interface Choice {
  readonly balancer: Balancer<ExchangeTarget>;
  readonly byAlias: boolean;
}

/**
 * Which targets a request may go to, by the model it names. A name that is an alias leads to the targets of that alias; any
 * other one to those that have none. A request that names nothing may go anywhere. One balancer for each of these sets.
 */
export class TargetSelection {
  private readonly all: Choice;
  private readonly withoutAlias: Choice | undefined;
  private readonly byAlias = new Map<string, Choice>();

  /** `key`: balancers made under the same one later take over what these have learnt. */
  constructor(
    balancers: Balancers,
    targets: readonly ExchangeTarget[],
    { algorithm, slots, circuits }: BalancingOptions,
    key: string,
  ) {
    const choice = (set: string, members: readonly ExchangeTarget[], byAlias: boolean): Choice => ({
      balancer: balancers.create(algorithm, members, { key: `${key} ${set}`, slots, circuits }),
      byAlias,
    });
    const plain = targets.filter(({ alias }) => alias === undefined);
    const aliases = new Set(targets.map(({ alias }) => alias).filter((alias) => alias !== undefined));
    this.all = choice('all', targets, false);
    if (plain.length === targets.length) this.withoutAlias = this.all;
    else if (plain.length > 0) this.withoutAlias = choice('without alias', plain, false);
    for (const alias of aliases) {
      const members = targets.filter((target) => target.alias === alias);
      this.byAlias.set(alias, choice(`alias ${alias}`, members, true));
    }
  }

  /** `undefined`: the client names a model that no target goes by. */
  for(asked: string | undefined): Choice | undefined {
    if (asked === undefined) return this.all;
    return this.byAlias.get(asked) ?? this.withoutAlias;
  }

  release(): void {
    for (const choice of new Set([this.all, this.withoutAlias, ...this.byAlias.values()])) choice?.balancer.release();
  }
}
