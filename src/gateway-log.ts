import type { LoggerService } from '@nestjs/common';
import type { LogLevel } from './config/settings.js';

/** Kong's levels by weight; what Nest calls them in brackets. */
const WEIGHTS = { debug: 0, info: 1, notice: 2, warn: 3, error: 4, crit: 5, alert: 6, emerg: 7 } as const;

/** Nest tells of every module and route it wires up; an operator asked for none of it. */
const NEST_CHATTER = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);

/**
 * What a message may hold of a stranger's text: it must not look like a line of ours, nor speak to the terminal. Lines after the
 * first, of a stack or a list, are set in.
 */
const shown = (text: string): string =>
  UNSHOWABLE.test(text)
    ? text
        .replace(/\n(?! {2})/g, '\n  ')
        .replace(EACH_UNSHOWABLE, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
    : text;

const UNSHOWABLE = /[^\t -~\u00a0-\u2027\u202a-\uffff]/;
const EACH_UNSHOWABLE = /[^\t\n -~\u00a0-\u2027\u202a-\uffff]/g;

/** The gateway's own log: one line each on standard error, at the level of KONG_LOG_LEVEL and above. */
export class GatewayLog implements LoggerService {
  /** What is lighter than this is not written. May change at any time. */
  constructor(public level: LogLevel) {}

  debug(message: unknown, context?: string): void {
    this.write('debug', message, context);
  }

  verbose(message: unknown, context?: string): void {
    this.write('debug', message, context);
  }

  log(message: unknown, context?: string): void {
    if (!NEST_CHATTER.has(context ?? '')) this.write('notice', message, context);
  }

  warn(message: unknown, context?: string): void {
    this.write('warn', message, context);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest.at(-1));
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('crit', message, rest.at(-1));
  }

  private write(level: LogLevel, message: unknown, context: unknown): void {
    if (WEIGHTS[level] < WEIGHTS[this.level]) return;
    const text = message instanceof Error ? (message.stack ?? message.message) : String(message);
    const where = typeof context === 'string' ? `${context}: ` : '';
    process.stderr.write(`${new Date().toISOString()} [${level}] ${where}${shown(text)}\n`);
  }
}
