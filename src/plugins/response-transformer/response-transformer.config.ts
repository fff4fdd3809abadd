import { ListOf, RecordOf } from '../../entities/field.js';
import { text } from '../../entities/field-schema.js';
import { namesTwoHeaders, PAIR } from '../../transforming/request-lists.js';

const NAME = text();
const ENTRY = text({ matches: PAIR });

class RemovedParts {
  /** Names of members of a JSON body. */
  @ListOf(NAME, { required: true })
  json: string[] = [];

  /** Names of headers. */
  @ListOf(NAME, { required: true })
  headers: string[] = [];
}

class RenamedParts {
  /** `old:new` names of members of a JSON body. */
  @ListOf(ENTRY, { required: true })
  json: string[] = [];

  /** `old:new` names of headers. */
  @ListOf(text({ matches: PAIR, rule: namesTwoHeaders }), { required: true })
  headers: string[] = [];
}

class ValuedParts {
  /** `name:value` of members of a JSON body. */
  @ListOf(ENTRY, { required: true })
  json: string[] = [];

  /** What the values of `json` are, entry by entry; strings where nothing is said. */
  @ListOf(text({ oneOf: ['boolean', 'number', 'string'] }), { required: true })
  json_types: ('boolean' | 'number' | 'string')[] = [];

  /** `name:value` of headers. */
  @ListOf(ENTRY, { required: true })
  headers: string[] = [];
}

export class ResponseTransformerConfig {
  /** What is taken out. */
  @RecordOf(RemovedParts, { required: true })
  remove!: RemovedParts;

  /** What gets another name, where it is present. */
  @RecordOf(RenamedParts, { required: true })
  rename!: RenamedParts;

  /** What gets another value, where it is present. */
  @RecordOf(ValuedParts, { required: true })
  replace!: ValuedParts;

  /** What is put in where it is absent. */
  @RecordOf(ValuedParts, { required: true })
  add!: ValuedParts;

  /** What is put in beside what is there. */
  @RecordOf(ValuedParts, { required: true })
  append!: ValuedParts;
}
