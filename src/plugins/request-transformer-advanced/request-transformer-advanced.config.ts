import { Flag, ListOf, RecordOf, Text } from '../../entities/field.js';
import { text } from '../../entities/field-schema.js';
import { namesAHeader, namesTwoHeaders, needsValue, PAIR, RemovedParts } from '../../transforming/request-lists.js';

const TYPE = text({ oneOf: ['boolean', 'number', 'string'] });
const ENTRY = text({ rule: needsValue, referenceable: true });
const HEADER = text({ matches: PAIR, rule: namesAHeader, referenceable: true });
const RENAMED_HEADER = text({ matches: PAIR, rule: namesTwoHeaders, referenceable: true });

class AllowedParts {
  /** Names of body parameters. Every other one is dropped, whatever put it there. */
  @ListOf(text())
  body?: string[];
}

class RenamedParts {
  /** `old:new` names of body parameters. */
  @ListOf(ENTRY, { required: true })
  body: string[] = [];

  /** `old:new` names of headers. */
  @ListOf(RENAMED_HEADER, { required: true })
  headers: string[] = [];

  /** `old:new` names of query arguments. */
  @ListOf(ENTRY, { required: true })
  querystring: string[] = [];
}

class ValuedParts {
  /** `name:value` of body parameters. */
  @ListOf(ENTRY, { required: true })
  body: string[] = [];

  /** `name:value` of headers. */
  @ListOf(HEADER, { required: true })
  headers: string[] = [];

  /** What the values of `body` are in JSON, entry by entry; strings where nothing is said. */
  @ListOf(TYPE, { required: true })
  json_types: ('boolean' | 'number' | 'string')[] = [];

  /** `name:value` of query arguments. */
  @ListOf(ENTRY, { required: true })
  querystring: string[] = [];
}

class ReplacedParts extends ValuedParts {
  /** The whole path sent upstream; the client's query string stays. */
  @Text()
  uri?: string;
}

export class RequestTransformerAdvancedConfig {
  /** The method sent upstream. For GET, HEAD and TRACE a urlencoded body is also put into the query string. */
  @Text({ matches: [/^[A-Z]+$/, 'invalid value: %s'] })
  http_method?: string;

  /** What is left of the body in the end. */
  @RecordOf(AllowedParts, { required: true })
  allow!: AllowedParts;

  /** What is taken out. */
  @RecordOf(RemovedParts, { required: true })
  remove!: RemovedParts;

  /** What gets another name, where it is present. */
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

  /** Whether a dot in a name of a JSON body is part of the name; `false`: `a.b`, `a[*].b` and `a[1].b` descend. */
  @Flag()
  dots_in_keys = true;
}
