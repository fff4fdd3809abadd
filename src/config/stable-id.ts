import { hash, randomUUID } from 'node:crypto';

/** Kong's root namespace for ids made from names (kong/db/schema/others/declarative_config.lua). */
const ROOT = 'fd02801f-0957-4a15-a55a-c8d9606f30b5';

/**
 * Ids of entities without a name are made from their content under a namespace that lasts as long as the process: the same
 * over reloads, so that what is kept under an id survives them, yet not to be guessed from the id, which goes to upstreams.
 */
const NAMELESS = randomUUID();

const namespaces = new Map<string, string>();

function namespaceOf(root: string, kind: string): string {
  const key = `${root} ${kind}`;
  let namespace = namespaces.get(key);
  if (namespace === undefined) {
    namespace = uuid5(root, kind);
    namespaces.set(key, namespace);
  }
  return namespace;
}

/** The id Kong gives to a named entity: the same in every load of the same file. `name`: its name or cache key. */
export const idFromName = (kind: string, name: string): string => uuid5(namespaceOf(ROOT, kind), name);

/** The id of an entity that has nothing Kong makes ids from; `content` tells it from its siblings. */
export const idFromContent = (kind: string, content: string): string => uuid5(namespaceOf(NAMELESS, kind), content);

/** A UUID of version 5 (RFC 9562, 5.5). */
export function uuid5(namespace: string, name: string): string {
  const input = Buffer.concat([Buffer.from(namespace.replaceAll('-', ''), 'hex'), Buffer.from(name)]);
  const bytes = hash('sha1', input, 'buffer');
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
