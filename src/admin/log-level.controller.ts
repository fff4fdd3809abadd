import { Controller, Get, HttpException, type OnModuleInit, Param, Put, Query } from '@nestjs/common';
import { LOG_LEVELS, type LogLevel, Settings } from '../config/settings.js';
import { type Seconds, seconds } from '../entities/units.js';
import { Siblings } from '../processes/siblings.js';
import { LogVerbosity } from './log-verbosity.js';

const TOPIC = 'log level changed';
const DEFAULT_TIMEOUT = seconds(60); // Kong's
/** A timer cannot be set for longer than 24 days. */
const LONGEST_TIMEOUT = seconds(24 * 3600);

interface Change {
  readonly level: LogLevel;
  readonly timeout: Seconds;
}

/** How much the node logs. Source: Kong kong/api/routes/debug.lua. */
@Controller('debug/node/log-level')
export class LogLevelController implements OnModuleInit {
  constructor(
    private readonly verbosity: LogVerbosity,
    private readonly settings: Settings,
    private readonly siblings: Siblings,
  ) {}

  onModuleInit(): void {
    this.siblings.answer<Change>(TOPIC, ({ level, timeout }) => this.verbosity.change(level, timeout));
  }

  @Get()
  read(): object {
    return { message: `log level: ${this.verbosity.level}` };
  }

  @Put(':log_level')
  async change(@Param('log_level') name: string, @Query('timeout') timeout?: string): Promise<object> {
    if (this.settings.database === 'off') throw refusal('cannot change log level when not using a database', 405);
    const level = LOG_LEVELS.find((known) => known === name);
    if (level === undefined) throw refusal(`unknown log level: ${name}`);
    const asked = Math.ceil(timeout === undefined ? DEFAULT_TIMEOUT : Number(timeout)) || DEFAULT_TIMEOUT;
    if (asked < 0) throw refusal('timeout must be greater than or equal to 0');
    if (level === this.verbosity.level) return { message: `log level is already ${name}` };
    const change: Change = { level, timeout: seconds(Math.min(asked, LONGEST_TIMEOUT)) };
    this.verbosity.change(change.level, change.timeout);
    await this.siblings.ask(TOPIC, change);
    return { message: 'log level changed' };
  }
}

const refusal = (message: string, status = 400) => new HttpException({ message }, status);
