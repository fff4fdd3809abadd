/** Longer label values are cut: some come from clients, such as the name of a model. */
const LONGEST_VALUE = 200;

/** Label values as they stand between the braces of the text format: `service="a",route="b"`. */
export function labelText(names: readonly string[], values: readonly string[]): string {
  return names.map((name, index) => `${name}="${escaped(values[index] ?? '')}"`).join(',');
}

export const bounded = (value: string): string =>
  value.length > LONGEST_VALUE ? value.slice(0, LONGEST_VALUE) : value;

const escaped = (value: string): string =>
  /["\\\n]/.test(value) ? value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"') : value;
