import type { EntityRegistry, PluginDefinition } from '../entities/entity-registry.js';
import type { ErrorTree } from '../entities/error-tree.js';
import { recordOf } from '../entities/field-schema.js';
import type { PluginEntity } from '../entities/plugin-entity.js';
import { violations } from '../entities/record-rules.js';
import { recordSchema } from '../entities/record-schema.js';
import type { Route } from '../entities/route.js';
import type { Declaration } from './declarations.js';
import { type Finding, findingsOf } from './finding.js';
import { chooseFrom } from './remedy.js';

/**
 * What can only be said of a Plugin entity with the plugin's own declaration at hand: whether there is such a plugin, what
 * its `config` may hold, where it may be attached. Fills in `config` as an instance of the plugin's class.
 */
export class PluginRules {
  readonly findings: Finding[] = [];
  private readonly routes = new Map<string, Route>();
  private readonly routesOfServices = new Map<string, Route[]>();

  constructor(
    private readonly registry: EntityRegistry,
    private readonly enabled: ReadonlySet<string>,
    /** Those whose own fields are right. */
    routes: Iterable<Route>,
  ) {
    for (const route of routes) this.addRoute(route);
  }

  /** `plugin`: the entity made of the declaration, where its own fields are right. */
  check(declaration: Declaration, plugin: PluginEntity | undefined): void {
    this.checkWhatItIs(declaration, plugin);
    if (plugin) this.checkProtocols(declaration, plugin);
  }

  private addRoute(route: Route): void {
    this.routes.set(route.id, route);
    if (!route.service) return;
    const siblings = this.routesOfServices.get(route.service.id) ?? [];
    siblings.push(route);
    this.routesOfServices.set(route.service.id, siblings);
  }

  /** Name, scope and `config`, whatever else may be wrong with the entity. */
  private checkWhatItIs(declaration: Declaration, plugin: PluginEntity | undefined): void {
    const { name, config } = declaration.given;
    if (typeof name !== 'string' || name === '') return;
    const definition = this.registry.plugin(name);
    if (!definition || !this.enabled.has(name)) {
      const message = `plugin '${name}' not enabled; add it to the 'plugins' configuration property`;
      const remedy = definition
        ? `add ${name} to KONG_PLUGINS`
        : chooseFrom(name, [...this.enabled].sort(), 'this gateway has no such plugin');
      this.report(declaration, 'name', message, remedy);
      return;
    }
    for (const scope of definition.refusedScopes ?? []) {
      if (declaration.given[scope] == null) continue;
      this.report(declaration, scope, 'value must be null', `attach ${name} to something other than a ${scope}`);
    }
    if (plugin && definition.protocols) this.checkAllowed(declaration, plugin, definition.protocols);
    const given = config ?? {};
    const { value, error } = recordSchema(definition.config).check(given);
    if (error === undefined) {
      if (plugin) plugin.config = value;
      this.checkRules(declaration, definition, value);
      return;
    }
    const path = [...declaration.path, 'config'];
    for (const finding of findingsOf(error, recordOf(definition.config), given, declaration.source, path))
      this.findings.push(finding);
  }

  /** What the plugin says of its entity as a whole. */
  private checkRules({ source, path, given }: Declaration, { rules, config }: PluginDefinition, value: object): void {
    if (!rules) return;
    const { config: errors = {}, ...whole }: { [field: string]: ErrorTree } = violations(rules, { config: value });
    this.findings.push(
      ...findingsOf(whole, undefined, given, source, path),
      ...findingsOf(errors, recordOf(config), given['config'], source, [...path, 'config']),
    );
  }

  /** Source: Kong kong/db/schema/typedefs.lua, protocols_http. */
  private checkAllowed({ source, path, given }: Declaration, { protocols }: PluginEntity, allowed: readonly string[]) {
    const message = `expected one of: ${allowed.join(', ')}`;
    const errors = protocols.map((protocol) => (allowed.includes(protocol) ? null : message));
    if (errors.some((error) => error !== null)) {
      for (const finding of findingsOf({ protocols: errors }, undefined, given, source, path))
        this.findings.push(finding);
    }
  }

  /** Source: Kong kong/db/dao/plugins.lua, check_protocols_match. */
  private checkProtocols(declaration: Declaration, plugin: PluginEntity): void {
    const matches = (route: Route) => route.protocols.some((protocol) => plugin.protocols.includes(protocol));
    const route = plugin.route && this.routes.get(plugin.route.id);
    const routes = plugin.service && this.routesOfServices.get(plugin.service.id);
    if (route && !matches(route)) {
      const remedy = `use at least one of ${route.protocols.join(', ')}`;
      this.report(declaration, 'protocols', "must match the associated route's protocols", remedy);
    } else if (routes && !routes.some(matches)) {
      const message = "must match the protocols of at least one route pointing to this Plugin's service";
      const remedy = `use one of ${[...new Set(routes.flatMap(({ protocols }) => protocols))].join(', ')}`;
      this.report(declaration, 'protocols', message, remedy);
    }
  }

  private report({ source, path }: Declaration, field: string, message: string, remedy: string): void {
    this.findings.push({ source, path: [...path, field], whole: false, message, remedy, value: 'shown' });
  }
}
