import { Flag, MapOf, Text } from '../../entities/field.js';
import { text } from '../../entities/field-schema.js';
import { luaFault } from '../../observability/custom-fields.js';

export class FileLogConfig {
  /** The file that lines are appended to; made when it does not exist, in a directory that must. */
  @Text({ required: true, matches: [/^[^\s*&%\\`][^*&%\\`]*[^\s*&%\\`]$/, 'not a valid filename'] })
  path!: string;

  /** Whether the file is opened anew for every request, for tools that move it away without telling. */
  @Flag({ required: true }) reopen = false;

  /** Lua code by the log field it computes; each chunk runs once per request and returns the field's value. */
  @MapOf(text({ rule: luaFault })) custom_fields_by_lua?: Record<string, string>;
}
