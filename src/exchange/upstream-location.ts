import { type Fit, ModelTemplate, type TemplateSources } from '../ai/model-template.js';
import { hostFromUrl } from '../entities/host.js';

/** Where a target's requests go, before its host is resolved. */
export interface UpstreamLocation {
  readonly scheme: 'http' | 'https';
  /** Without port or brackets. */
  readonly host: string;
  readonly port: number;
  /** Without a slash at its end. */
  readonly path: string;
  /** Of the configured URL; `undefined`: it has none. */
  readonly query: string | undefined;
}

const DEFAULT_PORTS = { http: 80, https: 443 } as const;

/** Throws when the text is no absolute http(s) URL. */
function locationOf(text: string): UpstreamLocation {
  const url = URL.parse(text);
  const scheme = url?.protocol === 'https:' ? 'https' : url?.protocol === 'http:' ? 'http' : undefined;
  if (!url || !scheme) throw new Error(`upstream_url '${withoutSecrets(text)}' is no http or https URL`);
  return {
    scheme,
    host: hostFromUrl(url.hostname),
    port: url.port === '' ? DEFAULT_PORTS[scheme] : Number(url.port),
    path: url.pathname.replace(/\/{2,}/g, '/').replace(/\/$/, ''),
    query: url.search === '' ? undefined : url.search.slice(1),
  };
}

/** What messages may repeat of a URL: neither who asks nor what with. */
const withoutSecrets = (url: string): string => url.replace(/\/\/[^/]*@/, '//').replace(/\?.*/s, '');

/** A segment that leads elsewhere, or would once its slashes are decoded. */
const LEADS_ELSEWHERE = /(^|\/|\\|%2f|%5c)(\.|%2e){1,2}($|\/|\\|%2f|%5c)/i;
/** URL parsers leave some of them out, and make dots of ".\t.". */
const CONTROLS = /[^ -~\u0080-\uffff]/;

/**
 * A client chooses within the place of the URL that the operator left to it: part of the host's name, of the path, of the query.
 * Where a value could reach out of its place, a `/` or a `#` in it would send the target's key to a host nobody named.
 * A template that begins with a value leaves everything to the client, and says so.
 */
const withinUrl: Fit = (value, before) => {
  if (before === '') return value;
  if (CONTROLS.test(value)) return undefined;
  const [, authority, path, query] = /^\w*:\/\/([^/?#]*)([^?#]*)(.*)$/s.exec(before) ?? [];
  if (authority === undefined || path === undefined) return undefined;
  if (query !== '') return encodeURIComponent(value);
  return path === '' ? withinHost(value) : withinPath(value, path);
};

const withinHost = (value: string): string | undefined => (/^[\w.:-]*$/.test(value) ? value : undefined);

function withinPath(value: string, before: string): string | undefined {
  const segment = before.slice(before.lastIndexOf('/') + 1);
  if (LEADS_ELSEWHERE.test(segment + value)) return undefined;
  return value.replace(/[?#\\]/g, encodeURIComponent);
}

const withinPathAlone: Fit = (value, before) => (CONTROLS.test(value) ? undefined : withinPath(value, `/${before}`));

/** A place, or why the client's request does not lead to one. */
export type Located = { readonly location: UpstreamLocation } | { readonly problem: string };

/** Where the requests of one target go: fixed, or with parts of the client's request in it. */
export class LocationPlan {
  private readonly fixed: Located | undefined;
  private readonly url: ModelTemplate | undefined;
  private readonly path: ModelTemplate | undefined;

  /** `own`: the provider's address. The configured URL replaces all of it, the configured path only its path. */
  constructor(
    private readonly own: URL,
    configuredUrl: string | undefined,
    configuredPath: string | undefined,
  ) {
    this.url = configuredUrl === undefined ? undefined : ModelTemplate.of(configuredUrl, withoutSecrets(configuredUrl));
    this.path = configuredPath === undefined ? undefined : ModelTemplate.of(configuredPath);
    if (!this.url && !(configuredUrl === undefined && this.path)) {
      this.fixed = { location: this.locationWith(configuredUrl, configuredPath) };
    }
  }

  for(sources: TemplateSources): Located {
    if (this.fixed) return this.fixed;
    const filled = this.url
      ? this.url.fill(sources, withinUrl)
      : (this.path as ModelTemplate).fill(sources, withinPathAlone);
    if ('problem' in filled) return filled;
    try {
      return { location: this.url ? locationOf(filled.text) : this.locationWith(undefined, filled.text) };
    } catch {
      return { problem: 'upstream_url, with what the request brings, is no http or https URL' };
    }
  }

  private locationWith(url: string | undefined, path: string | undefined): UpstreamLocation {
    if (url !== undefined) return locationOf(url);
    return locationOf(path === undefined ? this.own.href : new URL(`/${path.replace(/^\/+/, '')}`, this.own).href);
  }
}
