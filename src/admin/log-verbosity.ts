import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { type LogLevel, Settings } from '../config/settings.js';
import type { Seconds } from '../entities/units.js';

/** How much the gateway's log says, which may be changed for a while. */
@Injectable()
export class LogVerbosity implements OnModuleDestroy {
  private log: { level: LogLevel };
  private back: NodeJS.Timeout | undefined;

  constructor(private readonly settings: Settings) {
    this.log = { level: settings.logLevel };
  }

  get level(): LogLevel {
    return this.log.level;
  }

  /** Names the log whose level this is. */
  govern(log: { level: LogLevel }): void {
    this.log = log;
  }

  /** `timeout`: after so long it is again as the settings say. */
  change(level: LogLevel, timeout: Seconds): void {
    clearTimeout(this.back);
    this.log.level = level;
    this.back = setTimeout(() => {
      this.log.level = this.settings.logLevel;
    }, timeout * 1000).unref();
  }

  onModuleDestroy(): void {
    clearTimeout(this.back);
  }
}
