/** Where a template's values come from: facts of the client's request. `undefined`: there is none of that name. */
export interface TemplateSources {
  header(name: string): string | undefined;
  uriCapture(name: string): string | undefined;
  queryParameter(name: string): string | undefined;
}

/** A filled template, or why it could not be filled, in Kong's words. */
export type Filled = { readonly text: string } | { readonly problem: string };

/**
 * How a client's value is written after what stands `before` it, where not every value is as good as the next; `undefined`: it
 * does not fit there.
 */
export type Fit = (value: string, before: string) => string | undefined;

type Part = string | ((sources: TemplateSources, before: string, fit: Fit) => Filled);

const asItIs: Fit = (value) => value;

const EXPRESSION = /\$\(([^)]*)\)/g;
const REFERENCE = /^(\w+)\.(.+)$/;

const SOURCES: Readonly<Record<string, (sources: TemplateSources, name: string) => string | undefined>> = {
  headers: (sources, name) => sources.header(name),
  uri_captures: (sources, name) => sources.uriCapture(name),
  query_params: (sources, name) => sources.queryParameter(name),
};

/**
 * A text from a model's configuration with `$(headers.NAME)`, `$(uri_captures.NAME)` or `$(query_params.NAME)` in it; several
 * are fine. Source: Kong kong/llm/drivers/shared.lua and its documentation.
 */
export class ModelTemplate {
  private constructor(private readonly parts: readonly Part[]) {}

  /** `undefined` when there is nothing to fill in. `shown`: what messages may repeat of the text. */
  static of(text: string, shown = text): ModelTemplate | undefined {
    if (!text.includes('$(')) return undefined;
    const parts: Part[] = [];
    let at = 0;
    for (const match of text.matchAll(EXPRESSION)) {
      parts.push(text.slice(at, match.index), partFor(match[1] as string, shown));
      at = match.index + match[0].length;
    }
    const rest = text.slice(at);
    parts.push(rest.includes('$(') ? unparsable(shown) : rest);
    return new ModelTemplate(parts);
  }

  fill(sources: TemplateSources, fit: Fit = asItIs): Filled {
    let text = '';
    for (const part of this.parts) {
      const filled = typeof part === 'string' ? { text: part } : part(sources, text, fit);
      if ('problem' in filled) return filled;
      text += filled.text;
    }
    return { text };
  }
}

function partFor(expression: string, whole: string): Part {
  const [, source, name] = REFERENCE.exec(expression) ?? [];
  if (source === undefined || name === undefined) return unparsable(whole);
  const read = Object.hasOwn(SOURCES, source) ? SOURCES[source] : undefined;
  if (!read) return () => ({ problem: `source '${source}' is not supported` });
  return (sources, before, fit) => {
    const value = read(sources, name);
    if (value === undefined) return { problem: `${source} key ${name} was not provided` };
    const text = fit(value, before);
    return text === undefined ? { problem: `${source} key ${name} has a value that cannot be used here` } : { text };
  };
}

const unparsable =
  (whole: string): Part =>
  () => ({ problem: `cannot parse expression for field '${whole}'` });
