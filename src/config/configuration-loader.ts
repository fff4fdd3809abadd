import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { EntityRegistry } from '../entities/entity-registry.js';
import { ConfigStore } from './config-store.js';
import { type ConfigurationProblem, problemReport } from './configuration-problem.js';
import {
  type DeclarativeText,
  declarativeState,
  readDeclarativeFiles,
  watchDeclarativeFiles,
} from './declarative-file.js';
import { type Read, type ReadResult, type Refusal, readDeclarative } from './declarative-reader.js';
import type { TextFormat } from './declarative-text.js';
import { enabledPlugins } from './enabled-plugins.js';
import { kongTextError } from './kong-error.js';
import { RefusedPlugins } from './refused-plugins.js';
import { Settings } from './settings.js';

/**
 * Brings declarative configurations into force: at start, on SIGHUP, when a watched file changes, when one is posted. A
 * configuration with a mistake changes nothing.
 */
@Injectable()
export class ConfigurationLoader implements OnModuleDestroy {
  private readonly logger = new Logger('config');
  private stopWatching: (() => void) | undefined;
  private loading = 0;

  constructor(
    private readonly settings: Settings,
    private readonly registry: EntityRegistry,
    private readonly store: ConfigStore,
  ) {}

  /** Whether a configuration is being loaded at this moment. */
  get isLoading(): boolean {
    return this.loading > 0;
  }

  /** Loads what the settings name. Rejects, with a report for the operator, when it cannot be used. */
  async start(): Promise<void> {
    const { declarativeConfig, watchConfig } = this.settings;
    const state = watchConfig ? await declarativeState(declarativeConfig).catch(() => '') : '';
    const refused = await this.load();
    if (refused) throw new Error(problemReport(refused.problems));
    process.on('SIGHUP', this.reloadBySignal);
    if (!watchConfig) return;
    const reload = () => void this.reload('the declarative file changed');
    this.stopWatching = watchDeclarativeFiles(declarativeConfig, state, reload);
  }

  /** Loads what the settings name once more. Says why when it is refused; what was in force stays. */
  async reload(reason: string): Promise<void> {
    const refused = await this.load();
    if (refused)
      this.logger.error(`${reason}: kept the configuration in force, because\n${problemReport(refused.problems)}`);
    else this.logger.log(`${reason}: configuration ${this.store.snapshot().hash} is in force`);
  }

  /** Puts a posted configuration in force, or answers with what is wrong with it. */
  async loadText(text: string, { format }: { format?: TextFormat } = {}): Promise<ReadResult> {
    return this.busy(() => this.use(this.read([{ file: undefined, text }], format)));
  }

  /** What would come of loading these files; changes nothing. Rejects when one cannot be read. */
  async judge(paths: readonly string[]): Promise<ReadResult> {
    const result = this.read(await readDeclarativeFiles(paths));
    return this.use(result, () => Promise.reject(new NotKept()));
  }

  onModuleDestroy(): void {
    process.off('SIGHUP', this.reloadBySignal);
    this.stopWatching?.();
  }

  private readonly reloadBySignal = (): void => void this.reload('SIGHUP');

  private load(): Promise<Refusal | undefined> {
    return this.busy(async () => {
      const { declarativeConfig, declarativeConfigString } = this.settings;
      if (declarativeConfig.length === 0 && declarativeConfigString === undefined) return undefined;
      try {
        const texts =
          declarativeConfig.length > 0
            ? await readDeclarativeFiles(declarativeConfig)
            : [{ file: undefined, text: declarativeConfigString as string }];
        const result = await this.use(this.read(texts));
        return 'problems' in result ? result : undefined;
      } catch (error) {
        return unusable(
          (error as Error).message,
          'check KONG_DECLARATIVE_CONFIG: each file must exist and be readable',
        );
      }
    });
  }

  private read(texts: readonly DeclarativeText[], format?: TextFormat): ReadResult {
    return readDeclarative(texts, {
      registry: this.registry,
      enabledPlugins: enabledPlugins(this.settings, this.registry),
      environment: process.env,
      now: Date.now() / 1000,
      ...(format === undefined ? {} : { format }),
    });
  }

  private async use(result: ReadResult, keep?: () => Promise<void>): Promise<ReadResult> {
    if (!('snapshot' in result)) return result;
    const refused = await this.swap(result, keep);
    return refused ?? result;
  }

  /** A plugin may still refuse what its class lets pass. */
  private async swap(read: Read, keep?: () => Promise<void>): Promise<Refusal | undefined> {
    try {
      await this.store.swap(read.snapshot, keep);
      return undefined;
    } catch (error) {
      if (error instanceof NotKept) return undefined;
      if (error instanceof RefusedPlugins) return read.refusing(error.refused);
      return unusable((error as Error).message, 'change the configuration as this says');
    }
  }

  private async busy<T>(work: () => Promise<T>): Promise<T> {
    this.loading += 1;
    try {
      return await work();
    } finally {
      this.loading -= 1;
    }
  }
}

/** Everybody could work with the configuration, and that was all that was asked. */
class NotKept extends Error {}

/** A refusal of the configuration as a whole. */
function unusable(message: string, remedy: string): Refusal {
  const problem: ConfigurationProblem = {
    path: '',
    line: undefined,
    column: undefined,
    value: undefined,
    message,
    remedy,
  };
  return { problems: [problem], kongError: kongTextError(message) };
}
