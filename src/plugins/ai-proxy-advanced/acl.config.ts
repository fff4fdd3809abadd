import { ListOf, Text } from '../../entities/field.js';
import { text } from '../../entities/field-schema.js';

/** One condition: it holds if the request has one of the values. */
class AclMatch {
  /** What of the request is looked at. */
  @Text({ required: true, oneOf: ['consumer', 'consumer_group', 'header', 'ip', 'model', 'path', 'provider'] })
  type!: string;
  /** consumer: `id` or `username`; consumer_group: `id` or `name`; header: its name. */
  @Text() key?: string;
  /** One of these must be it. */
  @ListOf(text(), { required: true, minLength: 1 }) values!: string[];
}

/** Holds if all of its conditions do. */
class AclRule {
  /** All of these must hold. */
  @ListOf(AclMatch, { required: true, minLength: 1 }) match!: AclMatch[];
}

/** Who may use the targets. A rule that denies beats one that allows. */
export class AclsConfig {
  /** Given, one of these must match. */
  @ListOf(AclRule, { minLength: 1 }) allow?: AclRule[];
  /** None of these may match. */
  @ListOf(AclRule, { minLength: 1 }) deny?: AclRule[];
}
