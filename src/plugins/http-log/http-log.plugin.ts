import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { ConfigStore } from '../../config/config-store.js';
import { Settings } from '../../config/settings.js';
import { resolveReferences, Vaults } from '../../config/vault-references.js';
import { Certificate } from '../../entities/certificate.js';
import { milliseconds } from '../../entities/units.js';
import { CustomFields } from '../../observability/custom-fields.js';
import { logLine } from '../../observability/log-line.js';
import { LostLines } from '../../observability/lost-lines.js';
import type { LogRecord } from '../../pdk/log-record.js';
import { KongPlugin, type Plugin, type PluginScope } from '../../pdk/plugin.js';
import type { ProxiedRequest } from '../../pdk/proxied-request.js';
import { DeliveryQueue, type QueueLimits } from './delivery-queue.js';
import { HttpLogConfig } from './http-log.config.js';
import { type ClientCertificate, LogEndpoint } from './log-endpoint.js';

/** How long the end of the process waits for lines to get through. */
const PATIENCE_AT_THE_END = milliseconds(5000);

interface Prepared {
  readonly queue: DeliveryQueue;
  readonly endpoint: LogEndpoint;
  readonly customFields: CustomFields | undefined;
}

/**
 * Sends a line of JSON per request to an HTTP server. Runs late in the log phase, when the record is complete but for the
 * custom fields of other loggers.
 */
@KongPlugin({ name: 'http-log', priority: 12, config: HttpLogConfig })
export class HttpLogPlugin implements Plugin<HttpLogConfig, Prepared>, OnApplicationShutdown {
  private readonly logger = new Logger('http-log');
  private readonly inUse = new Set<Prepared>();

  constructor(
    private readonly lostLines: LostLines,
    private readonly configStore: ConfigStore,
    private readonly settings: Settings,
  ) {}

  configure(config: HttpLogConfig, scope: PluginScope): Prepared {
    if (config.http_endpoint === '') {
      throw new Error(
        `http_endpoint is unknown: ${scope.unresolved.map(({ missing }) => missing).join(', ')} is not set`,
      );
    }
    if (isMeant(config.retry_count, FORMER_DEFAULTS.retry_count))
      scope.warn('retry_count has no effect; queue.max_retry_time says how long is tried');
    const endpoint = new LogEndpoint({
      url: config.http_endpoint,
      method: config.method as 'POST' | 'PUT' | 'PATCH',
      contentType: config.content_type,
      headers: config.headers ?? {},
      timeout: milliseconds(config.timeout),
      keepAlive: milliseconds(config.keepalive),
      verify: config.ssl_verify,
      certificate: certificateOf(config.client_certificate?.id, this.configStore, this.settings),
    });
    // From 0 on, so that the first loss is seen as an increase.
    this.lostLines.add('http-log', endpoint.name, 0);
    const limits = limitsOf(config);
    // A batch of one is the line itself; larger ones are lists, even when they hold a single line (Kong).
    const bodyOf = limits.maxBatchSize === 1 ? ([line]: readonly string[]) => line as string : arrayOf;
    const queue = new DeliveryQueue(limits, (batch) => endpoint.send(bodyOf(batch)), {
      lost: (lines) => this.lostLines.add('http-log', endpoint.name, lines),
      trouble: (message) => this.logger.error(`${endpoint.name}: ${message}`),
    });
    const customFields = CustomFields.compile(config.custom_fields_by_lua, this.settings.untrustedLua);
    const prepared = { queue, endpoint, customFields };
    this.inUse.add(prepared);
    return prepared;
  }

  log(record: LogRecord, { queue, customFields }: Prepared, request: Readonly<ProxiedRequest>): void {
    customFields?.addTo(record, request);
    queue.add(logLine(record));
  }

  async release(prepared: Prepared): Promise<void> {
    if (!this.inUse.delete(prepared)) return;
    await prepared.queue.close(PATIENCE_AT_THE_END);
    await prepared.endpoint.close();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.inUse].map((prepared) => this.release(prepared)));
  }
}

const arrayOf = (batch: readonly string[]): string => `[${batch.join(',')}]`;

const SECOND = 1000;

/** What the former fields were when nobody set them. Files that Kong wrote out in those days hold them, and mean nothing by it. */
const FORMER_DEFAULTS = { retry_count: 10, queue_size: 1, flush_timeout: 2 };

/** Whether somebody chose the value of a former field (Kong: tools/queue.lua, get_plugin_params). */
const isMeant = (value: number | null | undefined, formerDefault: number): value is number =>
  value != null && value !== formerDefault;

function limitsOf({ queue, queue_size, flush_timeout }: HttpLogConfig): QueueLimits {
  const delay = isMeant(flush_timeout, FORMER_DEFAULTS.flush_timeout) ? flush_timeout : queue.max_coalescing_delay;
  return {
    maxBatchSize: isMeant(queue_size, FORMER_DEFAULTS.queue_size) ? queue_size : queue.max_batch_size,
    coalescingDelay: milliseconds(delay * SECOND),
    maxEntries: queue.max_entries,
    maxBytes: queue.max_bytes ?? undefined,
    maxRetryTime: milliseconds(queue.max_retry_time * SECOND),
    initialRetryDelay: milliseconds(queue.initial_retry_delay * SECOND),
    maxRetryDelay: milliseconds(queue.max_retry_delay * SECOND),
    concurrency: queue.concurrency_limit === -1 ? Number.POSITIVE_INFINITY : queue.concurrency_limit,
  };
}

/** Looks the certificate up in the configuration in force; the same object as long as it is the same. */
function certificateOf(
  id: string | undefined,
  store: ConfigStore,
  settings: Settings,
): () => ClientCertificate | undefined {
  let known: { readonly entity: Certificate; readonly resolved: ClientCertificate } | undefined;
  return () => {
    const snapshot = store.snapshot();
    const entity = snapshot.get<Certificate>('certificates', id);
    if (!entity) return undefined;
    if (known?.entity !== entity) {
      const { cert, key } = resolveReferences(Certificate, entity, Vaults.of(snapshot, settings)).config;
      known = { entity, resolved: { cert, key } };
    }
    return known.resolved;
  };
}
