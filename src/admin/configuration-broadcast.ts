import { hash } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ConfigStore } from '../config/config-store.js';
import { ConfigurationLoader } from '../config/configuration-loader.js';
import type { TextFormat } from '../config/declarative-text.js';
import { Siblings } from '../processes/siblings.js';
import { EntityWriter } from '../store/entity-writer.js';

const POSTED = 'configuration posted';
const LAST_POSTED = 'configuration last posted';
const CHANGED = 'configuration changed';

interface Posted {
  readonly text: string;
  readonly format?: TextFormat;
}

/** Carries what was changed through one worker process to the others. */
@Injectable()
export class ConfigurationBroadcast implements OnModuleInit {
  private last: Posted | undefined;

  constructor(
    private readonly siblings: Siblings,
    private readonly loader: ConfigurationLoader,
    private readonly config: ConfigStore,
    private readonly writer: EntityWriter,
  ) {}

  onModuleInit(): void {
    this.siblings.answer<Posted>(POSTED, (posted) => this.take(posted));
    this.siblings.answer(LAST_POSTED, () => (this.isInForce(this.last) ? this.last : null));
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
    this.last = { text, ...(format === undefined ? {} : { format }) };
    await this.siblings.ask<boolean>(POSTED, this.last);
  }

  /** A process that starts later than the others takes what was posted to them, in place of the file it began with. */
  async catchUp(): Promise<void> {
    const answers = await this.siblings.ask<Posted | null>(LAST_POSTED, {});
    // What was posted while this process was still reading the file has been overwritten by it.
    const posted = this.last ?? answers.find((answer) => answer !== null && 'text' in answer);
    if (posted && !this.isInForce(posted)) await this.take(posted);
  }

  private async take(posted: Posted): Promise<boolean> {
    this.last = posted;
    const { text, format } = posted;
    const result = await this.loader.loadText(text, format === undefined ? {} : { format });
    return 'snapshot' in result;
  }

  private isInForce(posted: Posted | undefined): boolean {
    return posted !== undefined && hash('md5', posted.text) === this.config.snapshot().hash;
  }
}
