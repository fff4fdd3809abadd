import { Injectable, type OnModuleInit } from '@nestjs/common';
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

/** Carries what was changed through one worker process to the others. */
@Injectable()
export class ConfigurationBroadcast implements OnModuleInit {
  constructor(
    private readonly siblings: Siblings,
    private readonly loader: ConfigurationLoader,
    private readonly writer: EntityWriter,
  ) {}

  onModuleInit(): void {
    this.siblings.answer<Posted>(POSTED, async ({ text, format }) => {
      const result = await this.loader.loadText(text, format === undefined ? {} : { format });
      return 'snapshot' in result;
    });
    this.siblings.answer(CHANGED, async () => {
      await this.writer.catchUp();
      return true;
    });
    this.writer.onCommit(async () => {
      await this.siblings.ask<boolean>(CHANGED, {});
    });
  }

  /** Settled when the other processes have a posted configuration in force as well. */
  async posted(text: string, format: TextFormat | undefined): Promise<void> {
    await this.siblings.ask<boolean>(POSTED, { text, ...(format === undefined ? {} : { format }) } satisfies Posted);
  }
}
