import { pathText } from '../config/configuration-problem.js';
import { checkedEntity, deepFreeze } from '../config/entity-check.js';
import type { EntityChange, Snapshot } from '../config/snapshot.js';
import { buildSnapshot } from '../config/snapshot-builder.js';
import type { EntityDefinition } from '../entities/entity.js';
import type { EntityRegistry } from '../entities/entity-registry.js';
import { violationMessage } from '../entities/error-tree.js';
import type { ChangeSet, EntityBody, StoredChange } from './entity-store.js';

type Lists = Record<string, EntityBody[]>;

/**
 * Turns what a store keeps into snapshots, by the rules of declarative files: what an older version wrote gets the defaults
 * of new fields, and what this version cannot use is refused with all its reasons.
 */
export class StoredConfiguration {
  constructor(
    private readonly registry: EntityRegistry,
    private readonly enabledPlugins: () => ReadonlySet<string>,
  ) {}

  /** A snapshot of everything there is. Throws when it cannot be used. */
  snapshotOf({ changes }: ChangeSet, hash: string): Snapshot {
    const lists: Lists = {};
    for (const { kind, body } of changes) if (body) (lists[kind] ??= []).push(body);
    for (const list of Object.values(lists)) list.sort(byAge);
    const document = { _format_version: '3.0', _transform: false, ...lists };
    const built = buildSnapshot([{ file: undefined, text: '', document }], {
      registry: this.registry,
      enabledPlugins: this.enabledPlugins(),
      hash,
      now: Date.now() / 1000,
    });
    if ('snapshot' in built) return built.snapshot;
    const problems = built.findings.map(({ path: [kind, index, ...rest], message }) => {
      const id = lists[String(kind)]?.[Number(index)]?.['id'];
      return `  ${[kind, id, pathText(rest)].filter(Boolean).join(' ')}: ${message}`;
    });
    throw new Error(`the stored configuration cannot be used:\n${problems.join('\n')}`);
  }

  /** A snapshot with some changes made to it. Throws when one of them cannot be used. */
  snapshotAfter(current: Snapshot, { changes }: ChangeSet, hash: string): Snapshot {
    return current.with(
      changes.map((change) => this.restored(change, current)),
      hash,
    );
  }

  private restored({ kind, id, body }: StoredChange, snapshot: Snapshot): EntityChange {
    if (!body) return { kind, id, entity: undefined };
    const definition = this.registry.entity(kind) as EntityDefinition | undefined;
    if (!definition) throw new Error(`  ${kind} ${id}: this version knows no such kind of entity`);
    const { registry } = this;
    const options = { registry, enabledPlugins: this.enabledPlugins(), snapshot, now: Date.now() / 1000 };
    const checked = checkedEntity(definition, { ...body }, options);
    if ('fields' in checked) throw new Error(`  ${kind} ${id}: ${violationMessage(checked.fields)}`);
    return { kind, id, entity: deepFreeze(checked.entity) };
  }
}

/** As a file would have them: in the order they were made. */
function byAge(one: EntityBody, other: EntityBody): number {
  const [a, b] = [Number(one['created_at']), Number(other['created_at'])];
  return a - b || (String(one['id']) < String(other['id']) ? -1 : 1);
}
