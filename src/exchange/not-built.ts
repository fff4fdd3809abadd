/** A configuration Kong takes and this gateway does not yet. Refused rather than ignored, and lifted by what is built next. */
export const notBuilt = (what: string, built: readonly string[]): Error =>
  new Error(`${what} is not built yet; built: ${built.join(', ')}`);
