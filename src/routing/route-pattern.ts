import { byteString } from '../entities/byte-string.js';
import { type Capture, translatePcre } from '../entities/pcre.js';

const BEYOND_ASCII = /[^\0-\x7f]/;

export interface PatternOptions {
  readonly anchored: boolean | 'first';
  /**
   * Whether `\d`, `\s` and `\w` mean characters of all scripts: in flavor `traditional` they do not, in the others, whose
   * expressions are Rust's, they do.
   */
  readonly unicode: boolean;
}

/** A regular expression of a Route, ready to match. */
export class RoutePattern {
  /** For subjects beyond ASCII, made when the first one comes: few do, and classes of all scripts are large. */
  private unicode: RoutePattern | undefined;

  private constructor(
    private readonly makeUnicode: (() => RoutePattern) | undefined,
    private readonly expression: RegExp,
    private readonly guards: readonly { readonly expression: RegExp; readonly negative: boolean }[],
    private readonly captures: readonly Capture[],
    /** Every match of an anchored pattern begins with this; a byte string. */
    readonly literalPrefix: string,
  ) {}

  /** Throws when the pattern cannot be used; configuration that was checked holds no such pattern. */
  static compile(pattern: string, { anchored, unicode }: PatternOptions): RoutePattern {
    const differs = unicode && /\\[dswDSW]/.test(pattern);
    return RoutePattern.translate(
      pattern,
      { anchored, unicode: false },
      differs ? () => RoutePattern.translate(pattern, { anchored, unicode }) : undefined,
    );
  }

  private static translate(pattern: string, options: PatternOptions, makeUnicode?: () => RoutePattern): RoutePattern {
    const translated = translatePcre(pattern, options);
    if ('problem' in translated) throw new Error(`invalid regex: '${pattern}' (${translated.problem})`);
    const guards = translated.guards.map(({ source, negative }) => ({ expression: new RegExp(source), negative }));
    const { source, captures, literalPrefix } = translated;
    return new RoutePattern(makeUnicode, new RegExp(source), guards, captures, byteString(literalPrefix));
  }

  test(subject: string): boolean {
    if (this.makeUnicode && BEYOND_ASCII.test(subject)) return this.forUnicode(this.makeUnicode).test(subject);
    for (const { expression, negative } of this.guards) if (expression.test(subject) === negative) return false;
    return this.expression.test(subject);
  }

  /** What a subject that passed `test` matched, in byte strings. */
  exec(subject: string): PatternMatch | undefined {
    if (this.makeUnicode && BEYOND_ASCII.test(subject)) return this.forUnicode(this.makeUnicode).exec(subject);
    const found = this.expression.exec(subject);
    if (!found) return undefined;
    return { at: found.index, text: byteString(found[0]), captures: this.capturesIn(found) };
  }

  private forUnicode(make: () => RoutePattern): RoutePattern {
    return (this.unicode ??= make());
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
