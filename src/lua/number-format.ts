/** Numbers as C's printf writes them; only where JavaScript's own forms differ. */

function special(value: number): string | undefined {
  if (Number.isNaN(value)) return 'nan';
  if (value === Number.POSITIVE_INFINITY) return 'inf';
  return value === Number.NEGATIVE_INFINITY ? '-inf' : undefined;
}

/** C writes at least two digits of an exponent. */
const wideExponent = (text: string) => text.replace(/e([-+])(\d)$/, 'e$10$2');

const withSign = (value: number, text: string) => (Object.is(value, -0) ? `-${text}` : text);

/** `%.<precision>g`; `keepZeros` is its `#` flag. */
export function formatGeneral(value: number, precision: number, keepZeros = false): string {
  const named = special(value);
  if (named !== undefined) return named;
  const digits = Math.max(1, precision);
  const scientific = value.toExponential(Math.min(digits - 1, 100));
  const exponent = Number(scientific.slice(scientific.indexOf('e') + 1));
  if (exponent >= -4 && exponent < digits) {
    const fixed = withSign(value, value.toFixed(Math.min(digits - 1 - exponent, 100)));
    return keepZeros || !fixed.includes('.') ? fixed : fixed.replace(/\.?0+$/, '');
  }
  const trimmed = keepZeros ? scientific : scientific.replace(/\.?0+e/, 'e');
  return wideExponent(trimmed);
}

/** `%.<precision>e` */
export function formatExponential(value: number, precision: number): string {
  return special(value) ?? withSign(value, wideExponent(value.toExponential(precision)));
}

/** `%.<precision>f` */
export function formatFixed(value: number, precision: number): string {
  const named = special(value);
  if (named !== undefined) return named;
  // From 1e21 on toFixed answers in scientific form; such numbers are integers, so BigInt has all their digits.
  if (Math.abs(value) < 1e21) return withSign(value, value.toFixed(precision));
  return precision === 0 ? String(BigInt(value)) : `${BigInt(value)}.${'0'.repeat(precision)}`;
}
