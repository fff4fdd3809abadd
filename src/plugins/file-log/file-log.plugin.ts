import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { ConfigStore } from '../../config/config-store.js';
import { Settings } from '../../config/settings.js';
import { CustomFields } from '../../observability/custom-fields.js';
import { logLine } from '../../observability/log-line.js';
import { LostLines } from '../../observability/lost-lines.js';
import type { LogRecord } from '../../pdk/log-record.js';
import { KongPlugin, type Plugin } from '../../pdk/plugin.js';
import type { ProxiedRequest } from '../../pdk/proxied-request.js';
import { FileLogConfig } from './file-log.config.js';
import { LineWriter } from './line-writer.js';

interface Prepared {
  readonly writer: LineWriter;
  readonly reopen: boolean;
  readonly customFields: CustomFields | undefined;
}

/**
 * Appends one line of JSON per request to a file. Runs late in the log phase: every plugin that adds a field of its own to
 * the record has done so by then.
 */
@KongPlugin({ name: 'file-log', priority: 9, config: FileLogConfig })
export class FileLogPlugin implements Plugin<FileLogConfig, Prepared>, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('file-log');
  private readonly writers = new Map<string, { readonly writer: LineWriter; users: number }>();

  private readonly reopenAll = () => {
    for (const { writer } of this.writers.values()) writer.reopen();
  };

  constructor(
    private readonly lostLines: LostLines,
    private readonly configStore: ConfigStore,
    private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    // A file that was moved away is written to until the configuration is loaded anew (Kong), or until we are told by what
    // nginx takes for "open your logs again"; logrotate's configurations for Kong send it.
    this.configStore.register({ prepare: () => this.reopenAll });
    process.on('SIGUSR1', this.reopenAll);
  }

  configure({ path, reopen, custom_fields_by_lua }: FileLogConfig): Prepared {
    const customFields = CustomFields.compile(custom_fields_by_lua, this.settings.untrustedLua);
    return { writer: this.writerFor(path), reopen, customFields };
  }

  log(record: LogRecord, { writer, reopen, customFields }: Prepared, request: Readonly<ProxiedRequest>): void {
    customFields?.addTo(record, request);
    if (reopen) writer.reopen();
    writer.write(`${logLine(record)}\n`);
  }

  async release({ writer }: Prepared): Promise<void> {
    const held = this.writers.get(writer.path);
    if (!held || --held.users > 0) return;
    this.writers.delete(writer.path);
    await writer.close();
  }

  /** The lines of the last requests are on disk before the process ends. */
  async onApplicationShutdown(): Promise<void> {
    process.off('SIGUSR1', this.reopenAll);
    await Promise.all([...this.writers.values()].map(({ writer }) => writer.flushed()));
  }

  /** One writer per path, whoever writes there: lines of one process stay in order. */
  private writerFor(path: string): LineWriter {
    let held = this.writers.get(path);
    if (!held) {
      const writer = new LineWriter(path, {
        lost: (lines) => this.lostLines.add('file-log', path, lines),
        trouble: (doing, error) => this.logger.error(`failed to ${doing} the file ${path}: ${error.message}`),
      });
      // From 0 on, so that the first loss is seen as an increase.
      this.lostLines.add('file-log', path, 0);
      held = { writer, users: 0 };
      this.writers.set(path, held);
    }
    held.users++;
    return held.writer;
  }
}
