import { Entity } from './entity.js';
import { Anything, Flag, ListOf, RecordOf, ReferenceTo, SetOf, Text } from './field.js';
import { text } from './field-schema.js';
import { EntityBase, NAME_RULE, PROTOCOL } from './field-types.js';

/** Names of plugins, by the phase in which a plugin stands before or after them. */
class OrderedPhases {
  @ListOf(text()) access?: string[];
}

/** Where a plugin stands relative to others, whatever their priorities say. */
class Ordering {
  @RecordOf(OrderedPhases) before?: OrderedPhases;
  @RecordOf(OrderedPhases) after?: OrderedPhases;
}

/**
 * A configuration of a plugin, attached to a Route, Service, Consumer or everything. `config` is checked against the
 * plugin's own configuration class, which the EntityRegistry knows by name. Source: Kong kong/db/schema/entities/plugins.lua.
 */
@Entity({
  name: 'plugins',
  singular: 'plugin',
  nameKey: 'instance_name',
  cacheKey: ['name', 'route', 'service', 'consumer', 'consumer_group'],
  uniqueTogether: [['name', 'route', 'service', 'consumer', 'consumer_group']],
})
export class PluginEntity extends EntityBase {
  @Text({ required: true }) name!: string;
  @Text({ rule: NAME_RULE }) instance_name?: string;
  @ReferenceTo('routes', { cascade: true }) route?: { id: string };
  @ReferenceTo('services', { cascade: true }) service?: { id: string };
  @ReferenceTo('consumers', { cascade: true }) consumer?: { id: string };
  @ReferenceTo('consumer_groups', { cascade: true }) consumer_group?: { id: string };
  @Anything() config?: unknown;
  @SetOf(text(PROTOCOL), { required: true }) protocols = ['grpc', 'grpcs', 'http', 'https'];
  /** A disabled Plugin takes no part, so a less specific one may run in its place. */
  @Flag({ required: true }) enabled = true;
  /** Moves the plugin in the access phase relative to others (Kong Enterprise). */
  @RecordOf(Ordering) ordering?: Ordering;
}
