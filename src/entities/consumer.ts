import { Entity } from './entity.js';
import { Text } from './field.js';
import { EntityBase } from './field-types.js';
import { AtLeastOneOf } from './record-rules.js';

/** Who calls, once a credential has been recognised. Source: Kong kong/db/schema/entities/consumers.lua. */
@Entity({
  name: 'consumers',
  singular: 'consumer',
  nameKey: 'username',
  stableIdFrom: 'username',
  unique: ['custom_id'],
})
@AtLeastOneOf('custom_id', 'username')
export class Consumer extends EntityBase {
  @Text() username?: string;
  @Text() custom_id?: string;
}
