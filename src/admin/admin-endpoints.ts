import { Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { EntityRegistry } from '../entities/entity-registry.js';
import { type Endpoint, EntityPaths } from './entity-paths.js';

/** Every path of the Admin API: those of entities, and those the controllers declare. */
@Injectable()
export class AdminEndpoints {
  private readonly declared = new Map<string, Set<string>>();
  private all: readonly Endpoint[] | undefined;

  constructor(private readonly registry: EntityRegistry) {}

  /** Writes down what the controllers declare. Must be called before they do. */
  watch(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', ({ url, method }) => {
      // Paths that begin with a parameter are the entities', which are known one by one.
      if (url.startsWith('/:') || url.includes('*')) return;
      const path = url.replace(/:(\w+)/g, '{$1}').replace(/(.)\/$/, '$1');
      const methods = this.declared.get(path) ?? new Set(['OPTIONS']);
      for (const one of [method].flat()) methods.add(one);
      this.declared.set(path, methods);
    });
  }

  /** In Kong's order: by parts of the path. */
  list(): readonly Endpoint[] {
    this.all ??= [...this.merged()]
      .map(([path, methods]) => ({ path, methods: [...methods].sort() }))
      .sort((one, other) => (byParts(one) < byParts(other) ? -1 : 1));
    return this.all;
  }

  /** The methods a path takes, sorted; `undefined`: there is no such path. */
  methodsOf(path: string): readonly string[] | undefined {
    const parts = path.replace(/\/$/, '').split('/');
    const matching = this.list().filter((endpoint) => matches(endpoint, parts));
    // Where both match, a part that is written out beats one that is a parameter.
    const [best] = matching.sort((one, other) => literalParts(other) - literalParts(one));
    return best?.methods;
  }

  private merged(): Map<string, Set<string>> {
    const merged = new Map([...this.declared].map(([path, methods]) => [path, new Set(methods)]));
    for (const { path, methods } of new EntityPaths(this.registry).endpoints) {
      merged.set(path, new Set([...(merged.get(path) ?? []), ...methods]));
    }
    return merged;
  }
}

const byParts = ({ path }: Endpoint): string => path.replaceAll('/', '\0');

const isParameter = (part: string): boolean => part.startsWith('{');

const literalParts = ({ path }: Endpoint): number => path.split('/').filter((part) => !isParameter(part)).length;

function matches({ path }: Endpoint, parts: readonly string[]): boolean {
  const expected = path === '/' ? [''] : path.split('/');
  if (expected.length !== parts.length) return false;
  return expected.every((part, index) => part === parts[index] || (isParameter(part) && parts[index] !== ''));
}
