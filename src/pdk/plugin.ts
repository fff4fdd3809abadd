import { DiscoveryService } from '@nestjs/core';
import type { UnresolvedReference } from '../config/vault-references.js';
import type { RecordClass } from '../entities/field-schema.js';
import type { LogRecord } from './log-record.js';
import type { ProxiedRequest } from './proxied-request.js';

/** Before routing: Route, Service and Consumer are unknown. Only global Plugins run here. */
export type RewriteRequest = Omit<ProxiedRequest, UnknownBeforeRouting | KnownAfterProxying>;
/** After routing, before proxying: may change what goes upstream, decide where it goes, or answer. */
export type AccessRequest = Omit<ProxiedRequest, KnownAfterProxying>;
/** The response head has arrived and is not yet sent: its status and headers may be changed. */
export type ResponseHead = Omit<ProxiedRequest, ChangesTheRequest>;
/** A response under way; its head has gone. */
export type ResponseBody = Readonly<Omit<ProxiedRequest, ChangesTheRequest | 'inflating' | 'answerPassed'>> &
  Pick<ProxiedRequest, 'answerPassed'>;

type UnknownBeforeRouting =
  | 'route'
  | 'service'
  | 'consumer'
  | 'consumerGroupIds'
  | 'credential'
  | 'uriCaptures'
  | 'plan'
  | 'askUpstream'
  | 'asker';
type KnownAfterProxying = 'status' | 'responseHeaders' | 'inflating' | 'attempts' | 'ending' | 'source' | 'asker';
type ChangesTheRequest = 'exit' | 'fail' | 'exited' | 'plan' | 'serviceRequest' | 'body' | 'askUpstream' | 'asker';

/** What `configure` may know beside the configuration itself. */
export interface PluginScope {
  /** The Plugin entity's id. */
  readonly id: string;
  /** The entity the Plugin is attached to, for messages: `service 'codex-service'`. */
  readonly attachedTo: string;
  readonly unresolved: readonly UnresolvedReference[];
  /** Tells the operator something about this configuration, once, without refusing it. */
  warn(message: string): void;
}

/**
 * A plugin: an injectable provider that acts on requests in phases. Kong's contract (kong/runloop/plugins_iterator.lua,
 * docs: plugin development, custom logic).
 *
 * `configure` runs once whenever a configuration of the plugin is new or changed, outside any request; what it returns is
 * what the phases get. Everything that can be decided there is decided there. Throwing refuses the whole configuration.
 * A configuration that did not change keeps its prepared value, and so its state, across reloads.
 *
 * `access` and `rewrite` may be asynchronous; a plugin that needs to wait for nothing returns nothing, and then costs no
 * promise. `headerFilter` and `bodyFilter` are synchronous, so that a chunk never waits. A plugin that throws in access
 * costs its request a 500; in a filter it breaks the response off; in log it only loses its own line.
 */
export interface Plugin<Config = unknown, Prepared = Config> {
  configure?(config: Config, scope: PluginScope): Prepared;
  rewrite?(request: RewriteRequest, prepared: Prepared): void | Promise<void>;
  access?(request: AccessRequest, prepared: Prepared): void | Promise<void>;
  headerFilter?(response: ResponseHead, prepared: Prepared): void;
  /**
   * Called per chunk of the response body as it is about to go to the client, and once more with an empty chunk and `last`
   * at the end. Returns what goes on in its place: the same chunk when it only looks.
   */
  bodyFilter?(response: ResponseBody, chunk: Buffer, last: boolean, prepared: Prepared): Buffer;
  /** After the last byte went to the client. Changes nothing. */
  log?(record: LogRecord, prepared: Prepared, request: Readonly<ProxiedRequest>): void;
  /** No request uses this prepared value any more. Close what it holds open. */
  release?(prepared: Prepared): void | Promise<void>;
}

/** Of plugins that have nothing to do with streams of bytes. */
export const HTTP_PROTOCOLS: readonly string[] = ['grpc', 'grpcs', 'http', 'https'];
export const HTTP_OR_WEBSOCKET: readonly string[] = [...HTTP_PROTOCOLS, 'ws', 'wss'];

/** What a plugin says of itself, where its class is declared. */
export interface PluginDeclaration {
  /** The name in a declarative file; also the folder's. */
  readonly name: string;
  /** Higher runs earlier within a phase. Say why in a comment. */
  readonly priority: number;
  readonly config: RecordClass;
  /** A class without fields that carries rules about the Plugin entity as a whole: `@AllOrNone('config.a', 'config.b')`. */
  readonly rules?: RecordClass;
  /** Shown by the Admin API; the gateway's own version when left out. */
  readonly version?: string;
  /** Entities the plugin brings along, such as its credentials. */
  readonly entities?: readonly RecordClass[];
  readonly refusedScopes?: readonly ('consumer' | 'consumer_group' | 'route' | 'service')[];
  /** The protocols the plugin can be for; any when left out. */
  readonly protocols?: readonly string[];
}

/** Announces a class as a plugin. The decorator alone makes it injectable and findable. */
export const KongPlugin = DiscoveryService.createDecorator<PluginDeclaration>();
