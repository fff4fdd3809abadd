import type { AccessRequest } from '../pdk/plugin.js';
import { Arguments } from './arguments.js';
import { encodedPath } from './percent-encoding.js';
import type { RemovedParts, RenamedParts, ReplacedParts, ValuedParts } from './request-lists.js';
import { isEmpty, type RuleLists, type Rules, rulesOf } from './rules.js';
import { type Template, templateOf } from './template.js';
import { transformArguments } from './transform-arguments.js';
import { transformHeaders } from './transform-headers.js';

/** What both request transformers are configured with. */
export interface RequestTransformationConfig {
  readonly http_method?: string;
  readonly remove: RemovedParts;
  readonly rename: RenamedParts;
  readonly replace: ReplacedParts;
  readonly add: ValuedParts;
  readonly append: ValuedParts;
}

/** What a request transformer does to a request, decided once per configuration. Steps run in Kong's order. */
export class RequestTransformation {
  private readonly uri: Template | undefined;
  private readonly method: string | undefined;
  private readonly headers: Rules;
  private readonly query: Rules;

  constructor(config: RequestTransformationConfig) {
    const lists = (part: 'headers' | 'querystring'): RuleLists => ({
      remove: config.remove[part],
      rename: config.rename[part],
      replace: config.replace[part],
      add: config.add[part],
      append: config.append[part],
    });
    this.uri = config.replace.uri === undefined ? undefined : templateOf(config.replace.uri);
    this.method = config.http_method;
    this.headers = rulesOf(lists('headers'));
    this.query = rulesOf(lists('querystring'));
  }

  apply(request: AccessRequest): void {
    const { serviceRequest } = request;
    if (this.uri) serviceRequest.path = upstreamPath(this.uri.render());
    if (this.method !== undefined) serviceRequest.method = this.method;
    serviceRequest.hostHeader = transformHeaders(request.headers, this.headers) ?? serviceRequest.hostHeader;
    if (!isEmpty(this.query)) {
      const args = Arguments.parse(serviceRequest.query ?? '');
      transformArguments(args, this.query);
      serviceRequest.query = args.isEmpty ? undefined : args.toQuery();
    }
  }
}

function upstreamPath(path: string): string {
  if (!path.startsWith('/')) throw new Error(`replace.uri gave the path '${path}', which does not start with /`);
  return encodedPath(path);
}
