import type { ExchangeTarget } from './exchange-target.js';

/**
 * What `GET …/models` answers: the models clients may name here, as far as the configuration says. `data` is OpenAI's list;
 * `models` is what Codex reads, which says nothing when it is empty, and complains or waits at anything else.
 */
export function modelList(targets: readonly ExchangeTarget[]): Buffer {
  const data = new Map<string, object>();
  for (const { alias, configuredModel, providerName } of targets) {
    const id = alias ?? configuredModel;
    if (id === undefined || id.includes('$(')) continue;
    data.set(id, { id, object: 'model', created: 0, owned_by: providerName });
  }
  return Buffer.from(JSON.stringify({ object: 'list', data: [...data.values()], models: [] }));
}
