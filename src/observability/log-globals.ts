import { PRODUCT } from '../entities/product.js';
import { Globals } from '../lua/globals.js';
import { HostTable, hostFunction, ReadOnlyTable, toLua } from '../lua/host-value.js';
import type { LuaValue } from '../lua/lua-value.js';
import {
  first,
  KONG,
  type LoggedRequest,
  type Members,
  memberOf,
  NGX,
  NGX_REQ,
  NGX_RESP,
  VARIABLES,
} from './log-getters.js';
import { queryArguments } from './query-arguments.js';

/** The globals of one run in the log phase. Costs nothing for what is not looked at. */
export class LogGlobals extends Globals {
  constructor(private readonly logged: LoggedRequest) {
    super();
  }

  protected override shown(name: string): LuaValue {
    if (name === 'kong') return new KongTable(this.logged);
    if (name === 'ngx') return new NgxTable(this.logged);
    return undefined;
  }
}

/** Functions by name, made when they are asked for. */
class FunctionTable extends ReadOnlyTable {
  constructor(
    private readonly name: string,
    private readonly members: Members,
    private readonly logged: LoggedRequest,
  ) {
    super(name);
  }

  override get(key: LuaValue): LuaValue {
    const getter = memberOf(this.members, key);
    if (!getter) return undefined;
    return hostFunction(this.name, (...args) => {
      const value = getter(this.logged, ...args);
      return key === 'get_headers' ? new HeadersTable(value as Record<string, string | string[]>) : value;
    });
  }
}

class KongTable extends ReadOnlyTable {
  constructor(private readonly logged: LoggedRequest) {
    super('kong');
  }

  override get(key: LuaValue): LuaValue {
    if (key === 'version') return PRODUCT.version;
    if (key === 'ctx') return new ContextTable(this.logged);
    if (key === 'service') return new ServiceTable(this.logged);
    const members = memberOf(KONG, key);
    return members && new FunctionTable('kong', members, this.logged);
  }
}

class ServiceTable extends ReadOnlyTable {
  constructor(private readonly logged: LoggedRequest) {
    super('kong.service');
  }

  override get(key: LuaValue): LuaValue {
    if (key !== 'response') return undefined;
    return new FunctionTable('kong.service.response', KONG['service.response'] as Members, this.logged);
  }
}

class ContextTable extends ReadOnlyTable {
  constructor(private readonly logged: LoggedRequest) {
    super('kong.ctx');
  }

  override get(key: LuaValue): LuaValue {
    if (key === 'shared') return new HostTable('kong.ctx.shared', this.logged.request.shared);
    return key === 'plugin' ? new HostTable('kong.ctx.plugin', {}) : undefined;
  }
}

class NgxTable extends FunctionTable {
  constructor(private readonly about: LoggedRequest) {
    super('ngx', NGX, about);
  }

  override get(key: LuaValue): LuaValue {
    switch (key) {
      case 'var':
        return new VariablesTable(this.about);
      case 'ctx':
        return new HostTable('ngx.ctx', {});
      case 'status':
        return this.about.request.status;
      case 'header':
        return new HeadersTable(this.about.request.responseHeaders.toObject());
      case 'req':
        return new FunctionTable('ngx.req', NGX_REQ, this.about);
      case 'resp':
        return new FunctionTable('ngx.resp', NGX_RESP, this.about);
      default:
        return super.get(key);
    }
  }
}

/** Named variables, and `http_<header>`, `sent_http_<header>`, `arg_<name>`. */
class VariablesTable extends ReadOnlyTable {
  constructor(private readonly logged: LoggedRequest) {
    super('ngx.var');
  }

  override get(key: LuaValue): LuaValue {
    if (typeof key !== 'string') return undefined;
    const value = this.variable(key);
    // nginx's variables are texts, numbers included.
    return toLua(typeof value === 'number' || typeof value === 'boolean' ? String(value) : value, 'ngx.var');
  }

  private variable(name: string): unknown {
    const { request } = this.logged;
    const known = memberOf(VARIABLES, name);
    if (known) return known(this.logged);
    const [, kind, rest = ''] = /^(http|sent_http|arg)_(.+)$/.exec(name) ?? [];
    if (kind === 'http') return request.headers.get(rest.replaceAll('_', '-'));
    if (kind === 'sent_http') return request.responseHeaders.get(rest.replaceAll('_', '-'));
    return kind === 'arg' ? first(memberOf(queryArguments(request.serviceRequest.query), rest)) : undefined;
  }
}

/** Headers by name, in any case, `_` also standing for `-`. */
class HeadersTable extends HostTable {
  constructor(headers: Readonly<Record<string, string | string[]>>) {
    super('headers', headers);
  }

  override get(key: LuaValue): LuaValue {
    const value = super.get(key);
    if (value !== undefined || typeof key !== 'string') return value;
    return super.get(key.toLowerCase().replaceAll('_', '-'));
  }
}
