import { hash } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ConfigStore } from '../config/config-store.js';
import { ConfigurationLoader } from '../config/configuration-loader.js';
import type { TextFormat } from '../config/declarative-text.js';
import { Siblings } from '../processes/siblings.js';
import { EntityWriter } from '../store/entity-writer.js';

const POSTED = 'configuration posted';
const CHANGED = 'configuration changed';

interface Posted {
  readonly text: string;
  readonly format?: TextFormat;
}

interface Changed {
  /** The process that made the change, and has it in force already. */
  readonly by: number;
}

/** Carries what was changed through one worker process to all of them. */
@Injectable()
export class ConfigurationBroadcast implements OnModuleInit {
  constructor(
    private readonly siblings: Siblings,
    private readonly loader: ConfigurationLoader,
    private readonly store: ConfigStore,
    private readonly writer: EntityWriter,
  ) {}

  onModuleInit(): void {
    this.siblings.answer<Posted>(POSTED, async ({ text, format }) => {
      // The process that was posted to has it in force already.
      if (hash('md5', text) === this.store.snapshot().hash) return true;
      const result = await this.loader.loadText(text, format === undefined ? {} : { format });
      return 'snapshot' in result;
    });
    this.siblings.answer<Changed>(CHANGED, async ({ by }) => {
      if (by !== process.pid) await this.writer.catchUp();
      return true;
    });
    this.writer.onCommit(async () => {
      await this.siblings.ask<boolean>(CHANGED, { by: process.pid } satisfies Changed);
    });
  }

  /** Settled when every process has a posted configuration in force. */
  async posted(text: string, format: TextFormat | undefined): Promise<void> {
    await this.siblings.ask<boolean>(POSTED, { text, ...(format === undefined ? {} : { format }) } satisfies Posted);
  }
}
