import type { FormatDeclaration, LlmFormat } from './formats/format.js';
import type { LlmProvider } from './providers/provider.js';

/** The formats and providers this gateway knows, each found by its folder. */
export class AiRegistry {
  private readonly formats = new Map<string, { readonly format: LlmFormat; readonly declaration: FormatDeclaration }>();
  private readonly providers: ReadonlyMap<string, LlmProvider>;

  constructor(
    formats: Iterable<readonly [declaration: FormatDeclaration, format: LlmFormat]>,
    providers: Iterable<readonly [name: string, provider: LlmProvider]>,
  ) {
    for (const [declaration, format] of formats) {
      if (this.formats.has(declaration.name)) throw new Error(`two formats are called '${declaration.name}'`);
      this.formats.set(declaration.name, { format, declaration });
    }
    const known = new Map<string, LlmProvider>();
    for (const [name, provider] of providers) {
      if (known.has(name)) throw new Error(`two providers are called '${name}'`);
      known.set(name, provider);
    }
    this.providers = known;
  }

  provider(name: string): LlmProvider | undefined {
    return this.providers.get(name);
  }

  providerNames(): readonly string[] {
    return [...this.providers.keys()].sort();
  }

  format(name: string): LlmFormat | undefined {
    return this.formats.get(name)?.format;
  }

  /** The name of the format in which clients speak that `llm_format` for that route type. */
  clientFormat(llmFormat: string, routeType: string): string | undefined {
    for (const [name, { declaration }] of this.formats) {
      if (declaration.llmFormat === llmFormat && declaration.routeType === routeType) return name;
    }
    return undefined;
  }

  llmFormats(): readonly string[] {
    return this.declared(({ llmFormat }) => llmFormat);
  }

  /** The route types for which clients may speak that `llm_format`. */
  routeTypes(llmFormat: string): readonly string[] {
    return this.declared((declaration) => (declaration.llmFormat === llmFormat ? declaration.routeType : undefined));
  }

  private declared(pick: (declaration: FormatDeclaration) => string | undefined): string[] {
    const names = [...this.formats.values()].map(({ declaration }) => pick(declaration));
    return [...new Set(names.filter((name) => name !== undefined))].sort();
  }
}
