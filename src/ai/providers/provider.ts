import { DiscoveryService } from '@nestjs/core';
import type { Edits } from '../formats/format.js';
import type { JsonMembers } from '../json/json-members.js';

/**
 * A company that serves models: its address, the formats it speaks, its quirks. A folder in `ai/providers/`; nothing else
 * names it. Asked at configuration time, save for `adjust`.
 */
export interface LlmProvider {
  /** The name of the format in which it takes calls of that route type; `undefined`: it does not serve them. */
  formatFor(routeType: string): string | undefined;
  /** Where calls of that route type go unless the configuration names another place. */
  urlFor(routeType: string): URL;
  /** The last word on a request that leaves for it in that format: members to rename or to take out. */
  adjust?(request: JsonMembers, edits: Edits, model: string | undefined): void;
}

/** Announces a class as a provider, under its name in configurations. The decorator alone makes it injectable and findable. */
export const Provider = DiscoveryService.createDecorator<{ readonly name: string }>();
