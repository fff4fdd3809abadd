import { CORE_SCHEMA, defineScalarTag, load, mergeTag, NOT_RESOLVED, YAMLException } from 'js-yaml';
import { substituteVariables } from './deck-variables.js';
import { isNestedDeeper, MOST_LEVELS } from './nesting.js';

export type TextFormat = 'yaml' | 'json';

/** A mistake in the writing itself, before anything is known of entities. */
export interface TextProblem {
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly message: string;
  readonly remedy: string;
}

export type ParsedText =
  /** `text`: with variables put in; positions refer to it. */
  { readonly document: Record<string, unknown>; readonly text: string } | { readonly problems: readonly TextProblem[] };

const TRUE = /^(true|True|TRUE|yes|Yes|YES|on|On|ON)$/;
const FALSE = /^(false|False|FALSE|no|No|NO|off|Off|OFF)$/;

/** Kong and decK read yes, no, on and off as booleans; the y and n of YAML 1.1 stay text, since keys are called that. */
const booleanTag = defineScalarTag('tag:yaml.org,2002:bool', {
  implicit: true,
  implicitFirstChars: Array.from('tTfFyYnNoO'),
  resolve: (source) => (TRUE.test(source) ? true : FALSE.test(source) ? false : NOT_RESOLVED),
  identify: (value) => typeof value === 'boolean',
});

/** How YAML is read and written. */
export const YAML_SCHEMA = CORE_SCHEMA.withTags(booleanTag, mergeTag);

/** Reads one declarative text, YAML or JSON, with decK's variables. */
export function parseText(
  raw: string,
  environment: Readonly<Record<string, string | undefined>>,
  format?: TextFormat,
): ParsedText {
  const { text, problems } = substituteVariables(raw, environment);
  if (problems.length > 0) {
    const placeOf = placesIn(raw);
    return { problems: problems.map(({ offset, message, remedy }) => ({ ...placeOf(offset), message, remedy })) };
  }
  const parsed = format === 'json' || (format === undefined && /^\s*\{/.test(text)) ? fromJson(text) : undefined;
  const read = parsed ?? fromYaml(text);
  if ('problem' in read) return { problems: [read.problem] };
  if (typeof read.document !== 'object' || read.document === null || Array.isArray(read.document)) {
    return { problems: [failed(undefined, undefined, 'expected an object')] };
  }
  if (text.includes('&') && valuesIn(read.document) > MOST_VALUES) {
    const reason = `its aliases stand for more than ${MOST_VALUES} values`;
    return { problems: [{ ...failed(undefined, undefined, reason), remedy: 'let aliases stand for less' }] };
  }
  return { document: read.document as Record<string, unknown>, text };
}

/** Far more than any configuration has, far less than what a few lines of aliases of aliases could make. */
const MOST_VALUES = 5_000_000;

/** How many values a document has when each alias counts as what it stands for. */
function valuesIn(value: unknown, counted = new Map<object, number>()): number {
  if (typeof value !== 'object' || value === null) return 1;
  const known = counted.get(value);
  if (known !== undefined) return known;
  // What contains itself has no end; the count replaces this once it is known.
  counted.set(value, Number.POSITIVE_INFINITY);
  let count = 1;
  for (const member of Object.values(value)) count += valuesIn(member, counted);
  counted.set(value, count);
  return count;
}

/** YAML contains JSON, so whatever is no JSON, or too deep, is tried, and explained, as YAML. */
function fromJson(text: string): { document: unknown } | undefined {
  try {
    const document = JSON.parse(text) as unknown;
    return isNestedDeeper(document, MOST_LEVELS) ? undefined : { document };
  } catch {
    return undefined;
  }
}

function fromYaml(text: string): { document: unknown } | { problem: TextProblem } {
  try {
    return { document: text.trim() === '' ? undefined : load(text, { schema: YAML_SCHEMA }) };
  } catch (error) {
    if (!(error instanceof YAMLException)) return { problem: failed(undefined, undefined, (error as Error).message) };
    const { mark, reason } = error;
    return { problem: mark ? failed(mark.line + 1, mark.column + 1, reason) : failed(undefined, undefined, reason) };
  }
}

/** Kong's sentence for text that cannot be read, with the place in front of the reason. */
function failed(line: number | undefined, column: number | undefined, reason: string): TextProblem {
  const place = line === undefined ? '' : `${line}:${column}: `;
  return {
    line,
    column,
    message: `failed parsing declarative configuration: ${place}${reason}`,
    remedy: 'correct the YAML or JSON at this place; a reader that shows indentation helps',
  };
}

/** Tells line and column of offsets, asked for in order: a text may hold as many mistakes as lines. */
function placesIn(text: string): (offset: number) => { line: number; column: number } {
  let line = 1;
  let start = 0;
  return (offset) => {
    for (let end = text.indexOf('\n', start); end >= 0 && end < offset; end = text.indexOf('\n', start)) {
      line += 1;
      start = end + 1;
    }
    return { line, column: offset - start + 1 };
  };
}
