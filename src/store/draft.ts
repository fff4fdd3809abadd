import type { EntityChange, Snapshot } from '../config/snapshot.js';
import type { EntityBase } from '../entities/field-types.js';

/** A configuration on the way to the next: what is to be changed, and how it all looks with these changes. */
export class Draft {
  private readonly made = new Map<string, EntityChange>();

  constructor(private current: Snapshot) {}

  get snapshot(): Snapshot {
    return this.current;
  }

  get changes(): readonly EntityChange[] {
    return [...this.made.values()];
  }

  put(kind: string, entity: EntityBase): void {
    this.change({ kind, id: entity.id, entity });
  }

  remove(kind: string, id: string): void {
    this.change({ kind, id, entity: undefined });
  }

  /** Takes over what was done to a draft of this one's snapshot. */
  adopt(other: Draft): void {
    for (const change of other.made.values()) this.made.set(`${change.kind} ${change.id}`, change);
    this.current = other.current;
  }

  private change(change: EntityChange): void {
    this.made.set(`${change.kind} ${change.id}`, change);
    this.current = this.current.with([change], this.current.hash);
  }
}
