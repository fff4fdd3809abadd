import { translatePcre } from '../entities/pcre.js';

/** The part of a model's answer that counts, or why there is none. */
export type Extracted =
  | { readonly kind: 'match'; readonly text: string }
  | { readonly kind: 'no-match' }
  | { readonly kind: 'problem'; readonly problem: string };

/**
 * `transformation_extract_pattern`: the first match in what a model said. Its case does not matter and `^` and `$` are ends of
 * lines (Kong: kong/llm/init.lua, flags `ijom`). Translated so that V8's linear engine can take it over: what a model says, and
 * whoever told it to, cannot make a match take for ever.
 */
export class ExtractPattern {
  private constructor(
    private readonly expression: RegExp | undefined,
    /** Why the pattern cannot be used. Kong, too, finds out no earlier than when it is; the operator is told before. */
    readonly problem: string | undefined,
  ) {}

  static of(pattern: string): ExtractPattern {
    const translated = translatePcre(`(?i)${pattern}`, { anchored: false });
    if ('problem' in translated) return new ExtractPattern(undefined, translated.problem.replace('"(?i)', '"'));
    return new ExtractPattern(new RegExp(translated.source, 'm'), undefined);
  }

  extract(text: string): Extracted {
    if (!this.expression) return { kind: 'problem', problem: this.problem as string };
    try {
      const match = this.expression.exec(text);
      return match ? { kind: 'match', text: match[0] } : { kind: 'no-match' };
    } catch (error) {
      // The engine has run out of room for what it may have to go back to.
      return { kind: 'problem', problem: (error as Error).message };
    }
  }
}
