import { Globals, SANDBOX_LIBRARY } from '../lua/globals.js';
import { HostTable, LibraryTable, ReadOnlyTable } from '../lua/host-value.js';
import { LuaTable, type LuaValue } from '../lua/lua-value.js';
import { HeaderList } from '../pdk/header-list.js';
import type { AccessRequest } from '../pdk/plugin.js';
import { Arguments } from './arguments.js';

/** How far Lua in a configuration is trusted: the setting `untrusted_lua`. */
export type LuaTrust = 'off' | 'on' | 'sandbox' | 'lax' | 'strict';

/**
 * In Kong's default sandbox a template has `type` and the methods of strings, but none of Lua's libraries (recorded:
 * rt_template_lua_expr); the other modes have more.
 */
const BARE_LIBRARY: ReadonlyMap<string, LuaValue> = new Map([['type', SANDBOX_LIBRARY.get('type')]]);

/** One value as it is, several as a list. */
function oneOrList(values: readonly LuaValue[]): LuaValue {
  return values.length > 1 ? LuaTable.ofList(values) : values[0];
}

/** Request headers by name, in any case, `_` also standing for `-`: as nginx shows them to Lua. */
class HeadersTable extends ReadOnlyTable {
  constructor(private readonly headers: HeaderList) {
    super('headers');
  }

  override get(key: LuaValue): LuaValue {
    if (typeof key !== 'string') return undefined;
    const values = this.headers.getAll(key);
    return oneOrList(values.length === 0 && key.includes('_') ? this.headers.getAll(key.replaceAll('_', '-')) : values);
  }

  override *entries(): Generator<readonly [LuaValue, LuaValue]> {
    for (const name of Object.keys(this.headers.toObject())) yield [name, this.get(name)];
  }
}

/** Groups of the Route's path, by name and by number. They are bytes already. */
class CapturesTable extends LibraryTable {
  constructor(captures: Readonly<Record<string, string>>) {
    super('uri_captures', new Map(Object.entries(captures)));
  }

  override get(key: LuaValue): LuaValue {
    return super.get(typeof key === 'number' ? String(key) : key);
  }

  override length(): number {
    let length = 0;
    while (this.get(length + 1) !== undefined) length++;
    return length;
  }
}

class QueryTable extends ReadOnlyTable {
  private readonly args: Arguments | undefined;

  constructor(query: string | undefined) {
    super('query_params');
    this.args = Arguments.parse(query ?? '');
  }

  override get(key: LuaValue): LuaValue {
    return typeof key === 'string' ? oneOrList(this.args?.values(key) ?? []) : undefined;
  }

  override *entries(): Generator<readonly [LuaValue, LuaValue]> {
    for (const name of this.args?.names ?? []) yield [name, this.get(name)];
  }
}

/**
 * What templates see of one request. Headers and arguments are read when a template first asks for them, and stay what
 * they were then: one that stands beside the rules for headers sees those of the client, and so do all after it; where the
 * first to look stands in the body or the query string, it sees the headers as they were changed. So does Kong.
 */
export class TemplateGlobals extends Globals {
  constructor(
    private readonly request: Pick<AccessRequest, 'headers' | 'serviceRequest' | 'uriCaptures' | 'shared'>,
    trust: LuaTrust,
  ) {
    super(trust === 'sandbox' ? BARE_LIBRARY : SANDBOX_LIBRARY);
  }

  protected override shown(name: string): LuaValue {
    switch (name) {
      case 'headers':
        return new HeadersTable(HeaderList.fromFlat(this.request.headers.toFlat()));
      case 'query_params':
        return new QueryTable(this.request.serviceRequest.query);
      case 'uri_captures':
        return new CapturesTable(this.request.uriCaptures ?? {});
      case 'shared':
        return new HostTable('shared', this.request.shared);
      default:
        return undefined;
    }
  }
}
