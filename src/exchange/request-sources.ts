import type { TemplateSources } from '../ai/model-template.js';
import type { AccessRequest } from '../pdk/plugin.js';

/** A client's request as model templates see it: as the client sent it. */
export class RequestSources implements TemplateSources {
  private query: URLSearchParams | undefined;

  constructor(private readonly request: AccessRequest) {}

  header(name: string): string | undefined {
    return this.request.header(name);
  }

  uriCapture(name: string): string | undefined {
    const captures = this.request.uriCaptures;
    return captures && Object.hasOwn(captures, name) ? captures[name] : undefined;
  }

  queryParameter(name: string): string | undefined {
    this.query ??= new URLSearchParams(this.request.rawQuery ?? '');
    return this.query.get(name) ?? undefined;
  }
}
