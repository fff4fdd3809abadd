import { Logger } from '@nestjs/common';
import { fromLua } from '../lua/host-value.js';
import { LuaSyntaxError } from '../lua/lua-error.js';
import { compileLua, type LuaProgram } from '../lua/lua-program.js';
import type { LuaLimits } from '../lua/lua-run.js';
import { LogFields } from '../pdk/log-fields.js';
import type { LogRecord } from '../pdk/log-record.js';
import type { ProxiedRequest } from '../pdk/proxied-request.js';
import { LogGlobals } from './log-globals.js';

const logger = new Logger('custom-fields');

/** A field is worth a glance at the request, not a computation: every other request waits while it runs. */
const LIMITS: LuaLimits = { steps: 100_000, bytes: 4 * 1024 ** 2, milliseconds: 10 };

/**
 * `custom_fields_by_lua` of a logging plugin: fields that Lua in the configuration computes for each request. They go into
 * the record, so that loggers that run later see them too (Kong).
 */
export class CustomFields {
  /** The last complaint of each field: one that fails for every request is told about once. */
  private readonly complaints = new Map<string, string>();

  private constructor(private readonly programs: readonly (readonly [field: string, program: LuaProgram])[]) {}

  /** Throws when the node runs no Lua (`untrusted_lua = off`). */
  static compile(sources: Readonly<Record<string, string>> | undefined, trust: string): CustomFields | undefined {
    if (!sources || Object.keys(sources).length === 0) return undefined;
    if (trust === 'off') {
      throw new Error("custom_fields_by_lua cannot be used: the setting untrusted_lua is 'off' (KONG_UNTRUSTED_LUA)");
    }
    const options = (field: string) => ({ name: `custom_fields_by_lua.${field}`, limits: LIMITS });
    return new CustomFields(
      Object.entries(sources).map(([field, source]) => [field, compileLua(source, options(field))]),
    );
  }

  /** A field whose code fails is left out; the others, and the line, are not. */
  addTo(record: LogRecord, request: Readonly<ProxiedRequest>): void {
    const fields = new LogFields();
    for (const [field, program] of this.programs) {
      try {
        fields.set(field, valueFrom(program, { record, request }));
      } catch (error) {
        this.complain(field, (error as Error).message);
      }
    }
    fields.applyTo(record as Record<string, unknown>);
  }

  private complain(field: string, message: string): void {
    if (this.complaints.get(field) === message) return;
    this.complaints.set(field, message);
    logger.error(`the field '${field}' is left out of a log line: ${message}`);
  }
}

function valueFrom(program: LuaProgram, logged: { record: LogRecord; request: Readonly<ProxiedRequest> }): unknown {
  const value = fromLua(program.run(new LogGlobals(logged)));
  // Kong's numbers are doubles printed with 14 digits.
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(14)) : value;
}

/** What is wrong with a field's source; `undefined`: nothing. For configuration schemas, in Kong's words. */
export function luaFault(source: string): string | undefined {
  try {
    compileLua(source, { name: '[string]' });
    return undefined;
  } catch (error) {
    if (error instanceof LuaSyntaxError) return `Error parsing function: ${error.message}`;
    throw error;
  }
}
