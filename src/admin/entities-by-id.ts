import type { Snapshot } from '../config/snapshot.js';
import { entityAnswer } from '../entities/entity-answer.js';
import type { EntityRegistry } from '../entities/entity-registry.js';

/** What `POST /config` answers: every entity by kind and id. Kinds without entities are left out. */
export function entitiesById(snapshot: Snapshot, registry: EntityRegistry): Record<string, Record<string, object>> {
  const answer: Record<string, Record<string, object>> = {};
  for (const { name } of registry.entities()) {
    const entities = snapshot.all(name);
    if (entities.size === 0) continue;
    answer[name] = Object.fromEntries([...entities].map(([id, entity]) => [id, entityAnswer(entity)]));
  }
  return answer;
}
