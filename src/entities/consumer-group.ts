import { Entity } from './entity.js';
import { ReferenceTo, Text } from './field.js';
import { EntityBase, NAME_RULE } from './field-types.js';

/** Consumers that share Plugins. Source: Kong's Admin API documentation, consumer groups. */
@Entity({ name: 'consumer_groups', singular: 'consumer_group', nameKey: 'name', stableIdFrom: 'name' })
export class ConsumerGroup extends EntityBase {
  @Text({ required: true, rule: NAME_RULE }) name!: string;
}

/** That a Consumer belongs to a group. Written as a Consumer's `groups` or a group's `consumers`. */
@Entity({
  name: 'consumer_group_consumers',
  singular: 'consumer_group_consumer',
  cacheKey: ['consumer_group', 'consumer'],
  uniqueTogether: [['consumer_group', 'consumer']],
})
export class ConsumerGroupMember extends EntityBase {
  @ReferenceTo('consumer_groups', { required: true, cascade: true }) consumer_group!: { id: string };
  @ReferenceTo('consumers', { required: true, cascade: true }) consumer!: { id: string };
}
