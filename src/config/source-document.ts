/** One text that was read: a file, or a text that was set or posted. */
export interface SourceDocument {
  /** `undefined`: not a file. */
  readonly file: string | undefined;
  /** With variables put in. */
  readonly text: string;
  readonly document: Readonly<Record<string, unknown>>;
}
