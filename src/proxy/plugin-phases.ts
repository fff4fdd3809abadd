import { Logger } from '@nestjs/common';
import type { LogRecord } from '../pdk/log-record.js';
import type { ProxiedRequest } from '../pdk/proxied-request.js';
import { MESSAGES } from './error-response.js';
import type { PhaseLists, PluginChain, PluginInstance } from './plugin-chain.js';

const logger = new Logger('plugins');

/** A plugin failed in a filter: the head or a part of the body may be gone, so the response can only be broken off. */
class FilterFailure extends Error {}

/** Runs global instances before routing. A promise only when a plugin waits for something. */
export function rewrite(chain: PluginChain, request: ProxiedRequest): Promise<void> | undefined {
  const { turns } = chain;
  for (let index = 0; index < turns.length; index++) {
    const instance = turns[index]?.always;
    if (!instance?.plugin.rewrite) continue;
    const pending = attempt(instance, 'rewrite', request);
    if (pending) return continueRewrite(chain, request, index + 1, pending);
  }
  return undefined;
}

async function continueRewrite(chain: PluginChain, request: ProxiedRequest, from: number, pending: Promise<void>) {
  await pending;
  for (const { always } of chain.turns.slice(from)) {
    if (always?.plugin.rewrite) await attempt(always, 'rewrite', request);
  }
}

/**
 * Runs the access phase and answers which instances act in the phases after it. A plugin that answers ends the phase for
 * those after it, but they are still chosen: their filters and logs run (Kong).
 */
export function access(chain: PluginChain, request: ProxiedRequest): PhaseLists | Promise<PhaseLists> {
  const { fixed, fixedAccess } = chain;
  if (!fixed) return accessByConsumer(chain, request);
  for (let index = 0; index < fixedAccess.length; index++) {
    if (request.exited) break;
    const pending = attempt(fixedAccess[index] as PluginInstance, 'access', request);
    if (pending) return continueAccess(fixed, fixedAccess, request, index + 1, pending);
  }
  return fixed;
}

async function continueAccess(
  fixed: PhaseLists,
  instances: readonly PluginInstance[],
  request: ProxiedRequest,
  from: number,
  pending: Promise<void>,
): Promise<PhaseLists> {
  await pending;
  for (let index = from; index < instances.length && !request.exited; index++) {
    const next = attempt(instances[index] as PluginInstance, 'access', request);
    if (next) await next;
  }
  return fixed;
}

/** Each plugin's instance is chosen when its turn comes, with the consumer known at that moment. */
async function accessByConsumer(chain: PluginChain, request: ProxiedRequest): Promise<PhaseLists> {
  const chosen = new Map<string, PluginInstance>();
  for (const { name, instanceFor } of chain.accessTurns) {
    const instance = instanceFor(request);
    if (!instance) continue;
    chosen.set(name, instance);
    if (!instance.plugin.access || request.exited) continue;
    const pending = attempt(instance, 'access', request);
    if (pending) await pending;
  }
  return chain.listsOf(chosen);
}

/** Runs one handler. One that throws costs its request a 500 and nobody else anything. */
function attempt(
  instance: PluginInstance,
  phase: 'rewrite' | 'access',
  request: ProxiedRequest,
): Promise<void> | undefined {
  try {
    const pending = instance.plugin[phase]?.(request, instance.prepared);
    return pending?.catch((error: unknown) => crashed(instance, phase, request, error));
  } catch (error) {
    crashed(instance, phase, request, error);
    return undefined;
  }
}

function crashed(instance: PluginInstance, phase: string, request: ProxiedRequest, error: unknown): void {
  report(instance, phase, request, error);
  request.fail(500, MESSAGES[500] as string);
}

function report({ name }: PluginInstance, phase: string, request: ProxiedRequest, error: unknown): void {
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  logger.error(`plugin '${name}' failed in ${phase} of request ${request.id}: ${reason}`);
}

/** Runs the header_filter phase. Throws `FilterFailure`, having said which plugin failed. */
export function headerFilter(lists: PhaseLists, request: ProxiedRequest): void {
  for (const instance of lists.headerFilter) {
    try {
      instance.plugin.headerFilter?.(request, instance.prepared);
    } catch (error) {
      report(instance, 'header_filter', request, error);
      throw new FilterFailure(`plugin '${instance.name}' failed in header_filter`);
    }
  }
}

/** Runs the body_filter phase on a chunk; answers with what goes on. Throws `FilterFailure`, having said which plugin failed. */
export function bodyFilter(lists: PhaseLists, request: ProxiedRequest, chunk: Buffer, last: boolean): Buffer {
  let filtered = chunk;
  for (const instance of lists.bodyFilter) {
    try {
      filtered = instance.plugin.bodyFilter?.(request, filtered, last, instance.prepared) ?? filtered;
    } catch (error) {
      report(instance, 'body_filter', request, error);
      throw new FilterFailure(`plugin '${instance.name}' failed in body_filter`);
    }
  }
  return filtered;
}

/** One record, many readers. A reader that throws loses its own line; the others still read. */
export function log(lists: PhaseLists, request: ProxiedRequest, record: LogRecord): void {
  for (const instance of lists.log) {
    try {
      instance.plugin.log?.(record, instance.prepared, request);
    } catch (error) {
      report(instance, 'log', request, error);
    }
  }
}
