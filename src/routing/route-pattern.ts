import { byteString } from '../entities/byte-string.js';
import { type Capture, translatePcre } from '../entities/pcre.js';

/** A regular expression of a Route, ready to match. */
export class RoutePattern {
  private constructor(
    private readonly expression: RegExp,
    private readonly guards: readonly { readonly expression: RegExp; readonly negative: boolean }[],
    private readonly captures: readonly Capture[],
    /** Every match of an anchored pattern begins with this; a byte string. */
    readonly literalPrefix: string,
  ) {}

  /** Throws when the pattern cannot be used; configuration that was checked holds no such pattern. */
  static compile(pattern: string, { anchored }: { readonly anchored: boolean }): RoutePattern {
    const translated = translatePcre(pattern, { anchored });
    if ('problem' in translated) throw new Error(`invalid regex: '${pattern}' (${translated.problem})`);
    const guards = translated.guards.map(({ source, negative }) => ({ expression: new RegExp(source), negative }));
    const { source, captures, literalPrefix } = translated;
    return new RoutePattern(new RegExp(source), guards, captures, byteString(literalPrefix));
  }

  test(subject: string): boolean {
    for (const { expression, negative } of this.guards) if (expression.test(subject) === negative) return false;
    return this.expression.test(subject);
  }

  /** What a subject that passed `test` matched, in byte strings. */
  exec(subject: string): PatternMatch | undefined {
    const found = this.expression.exec(subject);
    if (!found) return undefined;
    return { at: found.index, text: byteString(found[0]), captures: this.capturesIn(found) };
  }

  /**
   * By position from 1 and by name; the whole match under 0. A group that took no part is absent; no group took part:
   * `undefined`.
   */
  private capturesIn(found: RegExpExecArray): Readonly<Record<string, string>> | undefined {
    let captured: Record<string, string> | undefined;
    this.captures.forEach(({ name, groups }, index) => {
      const last = groups.findLast((group) => found[group] !== undefined);
      if (last === undefined) return;
      const value = byteString(found[last] as string);
      // Names are the configuration's, but `__proto__` shall be a name like any other.
      captured ??= Object.assign(Object.create(null) as Record<string, string>, { 0: byteString(found[0]) });
      captured[index + 1] = value;
      if (name !== undefined) captured[name] = value;
    });
    return captured;
  }
}

export interface PatternMatch {
  /** Where in the subject the match begins. */
  readonly at: number;
  readonly text: string;
  readonly captures: Readonly<Record<string, string>> | undefined;
}
