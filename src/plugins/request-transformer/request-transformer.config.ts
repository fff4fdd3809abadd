import { RecordOf, Text } from '../../entities/field.js';
import { RemovedParts, RenamedParts, ReplacedParts, ValuedParts } from '../../transforming/request-lists.js';

export class RequestTransformerConfig {
  /** The method sent upstream. For GET, HEAD and TRACE a urlencoded body is also put into the query string. */
  @Text({ matches: [/^[A-Z]+$/, 'invalid value: %s'] })
  http_method?: string;

  /** What is taken out. */
  @RecordOf(RemovedParts, { required: true })
  remove!: RemovedParts;

  /** What gets another name; where it is present. */
  @RecordOf(RenamedParts, { required: true })
  rename!: RenamedParts;

  /** What gets another value, where it is present; and the upstream path. */
  @RecordOf(ReplacedParts, { required: true })
  replace!: ReplacedParts;

  /** What is put in where it is absent. */
  @RecordOf(ValuedParts, { required: true })
  add!: ValuedParts;

  /** What is put in beside what is there. */
  @RecordOf(ValuedParts, { required: true })
  append!: ValuedParts;
}
