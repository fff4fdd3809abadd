import { hash } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ConfigStore } from '../config/config-store.js';
import { ConfigurationLoader } from '../config/configuration-loader.js';
import type { TextFormat } from '../config/declarative-text.js';
import { Siblings } from '../processes/siblings.js';

const TOPIC = 'configuration posted';

interface Posted {
  readonly text: string;
  readonly format?: TextFormat;
}

/** Carries a configuration that was posted to one worker process to all of them. */
@Injectable()
export class ConfigurationBroadcast implements OnModuleInit {
  constructor(
    private readonly siblings: Siblings,
    private readonly loader: ConfigurationLoader,
    private readonly store: ConfigStore,
  ) {}

  onModuleInit(): void {
    this.siblings.answer<Posted>(TOPIC, async ({ text, format }) => {
      // The process that was posted to has it in force already.
      if (hash('md5', text) === this.store.snapshot().hash) return true;
      const result = await this.loader.loadText(text, format === undefined ? {} : { format });
      return 'snapshot' in result;
    });
  }

  /** Settled when every process has it in force. */
  async posted(text: string, format: TextFormat | undefined): Promise<void> {
    await this.siblings.ask<boolean>(TOPIC, { text, ...(format === undefined ? {} : { format }) });
  }
}
