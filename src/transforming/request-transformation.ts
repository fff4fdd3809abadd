import { type Bytes, bytes } from '../entities/units.js';
import type { AccessRequest } from '../pdk/plugin.js';
import { escapedPath } from '../routing/escaped-path.js';
import { Arguments } from './arguments.js';
import { type BodyKind, bodyKindOf } from './body-kind.js';
import { BodyTransformation } from './body-transformation.js';
import { type JsonNames, MEMBER_NAMES } from './json-place.js';
import type { RemovedParts, RenamedParts, ReplacedParts, ValuedParts } from './request-lists.js';
import { type JsonType, type RuleLists, RuleTemplates } from './rules.js';
import { type Template, templateOf } from './template.js';
import { type LuaTrust, TemplateGlobals } from './template-globals.js';
import { transformArguments } from './transform-arguments.js';
import { transformHeaders } from './transform-headers.js';

/** What both request transformers are configured with. */
export interface RequestTransformationConfig {
  readonly http_method?: string;
  readonly remove: RemovedParts;
  readonly rename: RenamedParts;
  readonly replace: ReplacedParts & Typed;
  readonly add: ValuedParts & Typed;
  readonly append: ValuedParts & Typed;
}

interface Typed {
  readonly json_types?: readonly JsonType[];
}

export interface RequestTransformationOptions {
  readonly trust: LuaTrust;
  /** How names in a JSON body are read; a member of the document itself unless told otherwise. */
  readonly names?: JsonNames;
  /** Whether bodies of types that end in `+json` are JSON. */
  readonly jsonSuffix?: boolean;
  /** The only body parameters that are left. */
  readonly allowed?: readonly string[];
  /** Tells the operator about a body that was left alone. */
  readonly warn: (message: string) => void;
}

/** The longest body that is rewritten; it is held in memory several times over meanwhile. Longer ones pass as they are. */
export const LONGEST_BODY: Bytes = bytes(64 * 1024 ** 2);

/** What may be sent upstream: nginx's methods. CONNECT would make a tunnel of the request. */
const METHODS = new Set(
  'GET HEAD PUT POST DELETE OPTIONS MKCOL COPY MOVE PROPFIND PROPPATCH LOCK UNLOCK PATCH TRACE'.split(' '),
);

/** Methods whose requests carry parameters in the query string rather than in a body. */
const QUERY_METHODS = new Set(['GET', 'HEAD', 'TRACE']);

/** What a request transformer does to a request, decided once per configuration. */
export class RequestTransformation {
  private readonly uri: Template | undefined;
  private readonly method: string | undefined;
  private readonly headers: RuleTemplates;
  private readonly query: RuleTemplates;
  private readonly body: RuleTemplates;
  private readonly bodies: BodyTransformation;
  private readonly touchesBody: boolean;
  private readonly usesRequest: boolean;

  constructor(
    config: RequestTransformationConfig,
    private readonly options: RequestTransformationOptions,
  ) {
    const { trust, names = MEMBER_NAMES, allowed } = options;
    const read = (text: string) => templateOf(text, trust);
    this.uri = config.replace.uri === undefined ? undefined : read(config.replace.uri);
    this.method = config.http_method;
    this.headers = new RuleTemplates(listsOf(config, 'headers'), read);
    this.query = new RuleTemplates(listsOf(config, 'querystring'), read);
    this.body = new RuleTemplates(listsOf(config, 'body'), read);
    this.bodies = new BodyTransformation({ names, renamesFalse: false }, allowed);
    this.touchesBody = !this.body.isEmpty || allowed !== undefined;
    const parts = [this.headers, this.query, this.body];
    this.usesRequest = this.uri?.kind === 'computed' || parts.some((part) => part.usesRequest);
  }

  /** Steps run in Kong's order: path, method, headers, body, query string. Waits only when the body must be read. */
  apply(request: AccessRequest): void | Promise<void> {
    const globals = this.usesRequest ? new TemplateGlobals(request, this.options.trust) : undefined;
    const { serviceRequest } = request;
    if (this.uri) serviceRequest.path = upstreamPath(this.uri.render(globals));
    if (this.method !== undefined) {
      if (!METHODS.has(this.method)) throw new Error(`http_method '${this.method}' cannot be sent upstream`);
      serviceRequest.method = this.method;
      if (QUERY_METHODS.has(this.method) && bodyKindOf(request.header('content-type')) === 'form') {
        return this.applyWithFormInQuery(request, globals);
      }
    }
    return this.applyToParts(request, globals);
  }

  private async applyWithFormInQuery(request: AccessRequest, globals: TemplateGlobals | undefined): Promise<void> {
    const body = await this.bodyOf(request);
    if (body) {
      const form = Arguments.parse(body.toString('latin1'));
      const { serviceRequest } = request;
      const args = Arguments.parse(serviceRequest.query ?? '');
      if (args && form && !form.isEmpty) {
        args.merge(form);
        serviceRequest.query = args.toQuery();
      }
    }
    await this.applyToParts(request, globals);
  }

  private applyToParts(request: AccessRequest, globals: TemplateGlobals | undefined): void | Promise<void> {
    const { serviceRequest, headers } = request;
    const host = transformHeaders(headers, this.headers.rulesFor(globals));
    if (host !== undefined) serviceRequest.hostHeader = host;
    const contentType = this.touchesBody ? request.header('content-type') : undefined;
    const kind = bodyKindOf(contentType, this.options.jsonSuffix);
    if (kind === undefined) return this.applyToQuery(request, globals);
    return this.applyToBody(request, kind, contentType as string, globals);
  }

  private async applyToBody(
    request: AccessRequest,
    kind: BodyKind,
    contentType: string,
    globals: TemplateGlobals | undefined,
  ): Promise<void> {
    const body = await this.bodyOf(request);
    if (body) {
      const changed = this.bodies.apply(body, kind, contentType, () =>
        body.length === 0 ? this.body.additionsFor(globals) : this.body.rulesFor(globals),
      );
      if (changed !== undefined) request.body.replace(changed);
    }
    this.applyToQuery(request, globals);
  }

  private applyToQuery({ serviceRequest }: AccessRequest, globals: TemplateGlobals | undefined): void {
    if (this.query.isEmpty) return;
    const args = Arguments.parse(serviceRequest.query ?? '');
    if (!args) return;
    transformArguments(args, this.query.rulesFor(globals));
    const query = args.toQuery();
    // A lone `?` of the client stays, as in Kong.
    if (query !== '' || serviceRequest.query !== '') serviceRequest.query = query === '' ? undefined : query;
  }

  /** The whole body; `undefined`: it is left alone, or the request is over. */
  private async bodyOf(request: AccessRequest): Promise<Buffer | undefined> {
    const length = request.body.bytes?.length ?? request.body.announced;
    if (typeof length === 'number' && length > LONGEST_BODY) {
      this.options.warn(
        `request ${request.id}: its body of ${length} bytes is longer than ${LONGEST_BODY} and stays as it is`,
      );
      return undefined;
    }
    const read = await request.body.read(LONGEST_BODY);
    // Only a chunked body turns out too long while it is read; what was read of it is gone, so it cannot pass as it is.
    if (read.state === 'too-large') request.fail(413, 'Payload too large');
    return read.state === 'complete' ? read.bytes : undefined;
  }
}

function listsOf(config: RequestTransformationConfig, part: 'headers' | 'querystring' | 'body'): RuleLists {
  const { remove, rename, replace, add, append } = config;
  const typed = (values: ValuedParts & Typed) =>
    part === 'body' && values.json_types ? { lines: values.body, types: values.json_types } : { lines: values[part] };
  return {
    remove: { lines: remove[part] },
    rename: { lines: rename[part] },
    replace: typed(replace),
    add: typed(add),
    append: typed(append),
  };
}

function upstreamPath(path: string): string {
  if (!path.startsWith('/')) throw new Error(`replace.uri gave the path '${path}', which does not start with /`);
  return escapedPath(path);
}
