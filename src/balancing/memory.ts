import type { Memory } from './algorithm.js';

/** Records by candidate id. What a picker recalls while it is made comes from its predecessor; the rest is forgotten. */
export class BalancerMemory implements Memory {
  private readonly records = new Map<string, object>();
  private readonly inherited: ReadonlyMap<string, object>;

  constructor(previous: BalancerMemory | undefined) {
    this.inherited = previous?.records ?? NOTHING;
  }

  recall<T extends object>(id: string, fresh: () => T): T {
    const record = this.records.get(id) ?? this.inherited.get(id) ?? fresh();
    this.records.set(id, record);
    return record as T;
  }
}

const NOTHING: ReadonlyMap<string, object> = new Map();
