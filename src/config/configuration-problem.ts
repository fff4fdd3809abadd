/** One step of a path into a declarative file: a member's name or an element's index. */
export type PathStep = string | number;

/** One mistake in a configuration, as a person wants it told. */
export interface ConfigurationProblem {
  /** The file, where there is one; text that was posted or set has none. */
  readonly file?: string;
  /** `services[0].routes[1].paths`; `''`: the file as a whole. */
  readonly path: string;
  /** Counted from 1; `undefined` where the place in the text is not known. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** The offending value as JSON, shortened; `******` for a secret; `undefined` where there is none to show. */
  readonly value: string | undefined;
  /** Kong's words. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** `services[0].routes[1].paths`. */
export function pathText(path: readonly PathStep[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[\w-]+$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** More than anybody corrects before trying again. */
const MOST_REPORTED = 50;

/** The problems for the log and the terminal, in the order of the file: place, message, value, remedy. */
export function problemReport(problems: readonly ConfigurationProblem[]): string {
  const count = problems.length === 1 ? '1 mistake' : `${problems.length} mistakes`;
  const more = problems.length > MOST_REPORTED ? [`  and ${problems.length - MOST_REPORTED} more`] : [];
  return [
    `the declarative configuration has ${count}:`,
    ...problems.slice(0, MOST_REPORTED).map(problemLines),
    ...more,
  ].join('\n');
}

function problemLines({ file, path, line, column, value, message, remedy }: ConfigurationProblem): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  const head = [place, path].filter((part) => part !== '').join('  ');
  const shown = value === undefined ? '' : ` (found ${value})`;
  return `${head === '' ? '' : `  ${head}\n`}    ${message}${shown}\n    ${remedy}`;
}
