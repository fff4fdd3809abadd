/**
 * decK's variables: `${{ env "DECK_X" }}`, put in before the text is read as YAML. Go templates, of which decK allows `env`
 * and the functions `toBool`, `toInt`, `toFloat` and `indent`, one after another with `|`.
 */

/** What is wrong with one expression. */
export interface VariableProblem {
  /** Where the expression begins in the text. */
  readonly offset: number;
  readonly message: string;
  readonly remedy: string;
}

export interface Substituted {
  readonly text: string;
  readonly problems: readonly VariableProblem[];
}

type Environment = Readonly<Record<string, string | undefined>>;
type Result = { readonly value: string } | { readonly message: string; readonly remedy: string };

const OPEN = '${{';
const CLOSE = '}}';

/** Puts the environment's values in. Lines that are comments are left as they are, whatever they say. */
export function substituteVariables(text: string, environment: Environment): Substituted {
  if (!text.includes(OPEN)) return { text, problems: [] };
  const problems: VariableProblem[] = [];
  const pieces: string[] = [];
  let taken = 0;
  let line: { readonly end: number; readonly isComment: boolean } | undefined;
  let offset = text.indexOf(OPEN);
  while (offset >= 0) {
    if (!line || offset > line.end) line = lineAt(text, offset);
    const close = text.indexOf(CLOSE, offset + OPEN.length);
    if (close < 0) break;
    if (line.isComment || close > line.end) {
      // None of those that begin on this line counts, or ends on it.
      offset = text.indexOf(OPEN, line.end);
      continue;
    }
    const result = evaluate(text.slice(offset + OPEN.length, close).trim(), environment);
    pieces.push(text.slice(taken, offset), 'value' in result ? result.value : '');
    if (!('value' in result)) problems.push({ offset, ...result });
    taken = close + CLOSE.length;
    offset = text.indexOf(OPEN, taken);
  }
  return { text: pieces.join('') + text.slice(taken), problems };
}

function lineAt(text: string, offset: number): { end: number; isComment: boolean } {
  const start = text.lastIndexOf('\n', offset) + 1;
  const end = text.indexOf('\n', offset);
  return { end: end < 0 ? text.length : end, isComment: /^\s*#/.test(text.slice(start, offset)) };
}

function evaluate(expression: string, environment: Environment): Result {
  const [call = '', ...functions] = expression.split('|').map((part) => part.trim());
  let result = called(call, environment);
  for (const name of functions) {
    if (!('value' in result)) break;
    result = applied(name, result.value);
  }
  return result;
}

/** `env "DECK_X"`, or a function around it: `toInt (env "DECK_X")`, `indent 4 (env "DECK_X")`. */
function called(call: string, environment: Environment): Result {
  const variable = /^env\s+(?:"([^"]*)"|`([^`]*)`)$/.exec(call);
  if (variable) return fromEnvironment(variable[1] ?? (variable[2] as string), environment);
  const wrapped = /^(\w+(?:\s+\d+)?)\s+\((.*)\)$/.exec(call);
  if (wrapped) {
    const inner = called((wrapped[2] as string).trim(), environment);
    return 'value' in inner ? applied(wrapped[1] as string, inner.value) : inner;
  }
  return {
    message: `cannot read the expression \${{ ${call} }}`,
    remedy: 'write env "DECK_NAME", perhaps followed by | toBool, | toInt, | toFloat or | indent <number>',
  };
}

function fromEnvironment(name: string, environment: Environment): Result {
  if (!name.startsWith('DECK_')) {
    return {
      message: `environment variables in the state file must be prefixed with 'DECK_', found: '${name}'`,
      remedy: `rename the variable to DECK_${name}`,
    };
  }
  const value = environment[name];
  if (value === undefined) {
    return {
      message: `environment variable '${name}' present in state file but not set`,
      remedy: `set ${name} in the gateway's environment`,
    };
  }
  return { value };
}

function applied(call: string, value: string): Result {
  const [name = '', argument] = call.split(/\s+/);
  const convert = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (!convert) {
    return { message: `unknown function '${name}'`, remedy: `known: ${Object.keys(FUNCTIONS).join(', ')}` };
  }
  const converted = convert(value, argument);
  if (converted !== undefined) return { value: converted };
  // The value may be a secret: it is not repeated.
  return { message: `the variable's value cannot be read by ${name}`, remedy: `set it to what ${name} accepts` };
}

const FUNCTIONS: Record<string, (value: string, argument?: string) => string | undefined> = {
  toBool(value) {
    if (/^(1|t|T|TRUE|true|True)$/.test(value)) return 'true';
    return /^(0|f|F|FALSE|false|False)$/.test(value) ? 'false' : undefined;
  },
  toInt: (value) => (/^[+-]?\d+$/.test(value) ? String(BigInt(value.replace('+', ''))) : undefined),
  toFloat: (value) => (value.trim() !== '' && Number.isFinite(Number(value)) ? String(Number(value)) : undefined),
  indent(value, width) {
    if (width === undefined || !/^\d{1,3}$/.test(width)) return undefined;
    // The first line already stands where the expression stands.
    return value.replaceAll('\n', `\n${' '.repeat(Number(width))}`);
  },
};
