import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync } from 'class-validator';
import { type Bytes, bytes, type Milliseconds, milliseconds } from '../entities/units.js';
import { LISTENERS, type Listener } from './listener.js';
import { nearestName } from './nearest-name.js';
import { SETTING, Setting, type SettingKind } from './setting.js';
import {
  ADDRESSES,
  ADMIN_KEY,
  ANSWER_HEADERS,
  type AnswerHeader,
  ERROR_TEMPLATE,
  HEADER_NAME,
  headerList,
  MILLISECONDS,
  NAME_SERVERS,
  NAMES,
  NODE_ID,
  ON_OFF,
  oneOf,
  PEM,
  PEMS,
  PORT_MAPS,
  PROCESSES,
  RECORD_ORDER,
  type RecordTypeName,
  SECONDS,
  SIZE,
  TEXT,
  TIME,
  wholeNumber,
} from './setting-kinds.js';

/** Kong's log levels, from the most talkative. */
export const LOG_LEVELS = ['debug', 'info', 'notice', 'warn', 'error', 'crit', 'alert', 'emerg'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where the configuration is kept. */
export const DATABASES = ['off', 'embedded', 'postgres'] as const;
export type Database = (typeof DATABASES)[number];

const RESPONSE_HEADERS = headerList(ANSWER_HEADERS);
const UPSTREAM_HEADERS = headerList(['X-Kong-Request-Id']);

/** The value of a setting as its text would give it: defaults are written as Kong's documentation writes them. */
const readAs = <T>(kind: SettingKind<T>, text: string): T => kind.parse(text) as T;

/**
 * What the operator set for this process, by `KONG_*` environment variables. Meanings and defaults are Kong's
 * (kong.conf.default) unless a comment says otherwise. Read once at start and frozen.
 */
export class Settings {
  /**
   * `off`: in declarative files. `embedded`: in a folder of this machine. `postgres`: in PostgreSQL, shared by many nodes.
   * Not set: `off` when a declarative configuration is given, else `embedded`. Kong's default is `postgres`.
   */
  @Setting('KONG_DATABASE', oneOf(...DATABASES))
  readonly database: Database = 'embedded';

  /** Paths of declarative files or of folders with such files; merged in this order. */
  @Setting('KONG_DECLARATIVE_CONFIG', NAMES)
  readonly declarativeConfig: readonly string[] = [];

  /** A declarative file's text; used when no file is given. */
  @Setting('KONG_DECLARATIVE_CONFIG_STRING', TEXT)
  readonly declarativeConfigString: string | undefined = undefined;

  /** Our own: the folder of the embedded store. */
  @Setting('SLUICE_DATA_FOLDER', TEXT)
  readonly dataFolder: string = defaultDataFolder();

  @Setting('KONG_PG_HOST', TEXT)
  readonly pgHost: string = '127.0.0.1';

  @Setting('KONG_PG_PORT', wholeNumber(1, 65535))
  readonly pgPort: number = 5432;

  @Setting('KONG_PG_USER', TEXT)
  readonly pgUser: string = 'kong';

  @Setting('KONG_PG_PASSWORD', TEXT)
  readonly pgPassword: string | undefined = undefined;

  @Setting('KONG_PG_DATABASE', TEXT)
  readonly pgDatabase: string = 'kong';

  /** Where its tables are; unset: the first of the user's search path. */
  @Setting('KONG_PG_SCHEMA', TEXT)
  readonly pgSchema: string | undefined = undefined;

  /** How long connecting and each query may take. */
  @Setting('KONG_PG_TIMEOUT', MILLISECONDS)
  readonly pgTimeout: Milliseconds = milliseconds(5000);

  @Setting('KONG_PG_SSL', ON_OFF)
  readonly pgSsl: boolean = false;

  /** Whether the server's certificate must be one of an authority Node trusts (NODE_EXTRA_CA_CERTS adds more). */
  @Setting('KONG_PG_SSL_VERIFY', ON_OFF)
  readonly pgSslVerify: boolean = false;

  /** How often PostgreSQL is asked for changes it did not announce. Kong asks every 5 seconds. */
  @Setting('KONG_DB_UPDATE_FREQUENCY', SECONDS)
  readonly dbUpdateFrequency: Milliseconds = milliseconds(1000);

  /** Our own: whether a changed declarative file is loaded without being asked. */
  @Setting('SLUICE_WATCH_CONFIG', ON_OFF)
  readonly watchConfig: boolean = false;

  @Setting('KONG_PROXY_LISTEN', LISTENERS)
  readonly proxyListen: readonly Listener[] = readAs(LISTENERS, '0.0.0.0:8000, 0.0.0.0:8443 http2 ssl');

  /**
   * What TLS listeners of the proxy show for names that no Certificate was configured for: files with certificates, or the
   * certificates themselves (PEM, also in base64); several of different key types with commas. Unset: self-signed.
   */
  @Setting('KONG_SSL_CERT', PEMS)
  readonly sslCert: readonly string[] = [];

  /** Their keys, in the same order. */
  @Setting('KONG_SSL_CERT_KEY', PEMS)
  readonly sslCertKey: readonly string[] = [];

  /** Whether upstreams of Services without a `client_certificate` are shown the following one. */
  @Setting('KONG_CLIENT_SSL', ON_OFF)
  readonly clientSsl: boolean = false;

  @Setting('KONG_CLIENT_SSL_CERT', PEM)
  readonly clientSslCert: string | undefined = undefined;

  @Setting('KONG_CLIENT_SSL_CERT_KEY', PEM)
  readonly clientSslCertKey: string | undefined = undefined;

  /** Whom Services without `ca_certificates` trust when they verify: files or PEM; `system` for the authorities Node knows. */
  @Setting('KONG_LUA_SSL_TRUSTED_CERTIFICATE', PEMS)
  readonly trustedCertificates: readonly string[] = ['system'];

  @Setting('KONG_ADMIN_LISTEN', LISTENERS)
  readonly adminListen: readonly Listener[] = readAs(LISTENERS, '127.0.0.1:8001, 127.0.0.1:8444 http2 ssl');

  /** A file with the certificate of TLS listeners of the Admin API, or the certificate itself (PEM); unset: self-signed. */
  @Setting('KONG_ADMIN_SSL_CERT', TEXT)
  readonly adminSslCert: string | undefined = undefined;

  @Setting('KONG_ADMIN_SSL_CERT_KEY', TEXT)
  readonly adminSslCertKey: string | undefined = undefined;

  /** A file with authorities: clients of the Admin API's TLS listeners must show a certificate of one of them. */
  @Setting('KONG_NGINX_ADMIN_SSL_CLIENT_CERTIFICATE', TEXT)
  readonly adminClientAuthorities: string | undefined = undefined;

  /** Our own: what requests to the Admin API must carry, as `Kong-Admin-Token` or as a bearer token. */
  @Setting('SLUICE_ADMIN_KEY', ADMIN_KEY)
  readonly adminKey: string | undefined = undefined;

  /** Our own: who may speak to the Admin API; empty: everybody who can reach it. */
  @Setting('SLUICE_ADMIN_ALLOW', ADDRESSES)
  readonly adminAllow: readonly string[] = [];

  /** The port of Kong's documentation and images. */
  @Setting('KONG_STATUS_LISTEN', LISTENERS)
  readonly statusListen: readonly Listener[] = readAs(LISTENERS, '0.0.0.0:8100');

  @Setting('KONG_LOG_LEVEL', oneOf(...LOG_LEVELS))
  readonly logLevel: LogLevel = 'notice';

  /** Headers of our own on answers to clients, in Kong's spelling. */
  @Setting('KONG_HEADERS', RESPONSE_HEADERS)
  readonly headers: ReadonlySet<AnswerHeader> = readAs(
    RESPONSE_HEADERS,
    'server_tokens, latency_tokens, X-Kong-Request-Id',
  );

  /** Headers of our own on requests to upstreams. */
  @Setting('KONG_HEADERS_UPSTREAM', UPSTREAM_HEADERS)
  readonly headersUpstream: ReadonlySet<'X-Kong-Request-Id'> = readAs(UPSTREAM_HEADERS, 'X-Kong-Request-Id');

  /** Peers whose `X-Forwarded-*` are believed: addresses, CIDR blocks, `unix:`. */
  @Setting('KONG_TRUSTED_IPS', ADDRESSES)
  readonly trustedIps: readonly string[] = [];

  /** Where a trusted peer tells the client's address. */
  @Setting('KONG_REAL_IP_HEADER', HEADER_NAME)
  readonly realIpHeader: string = 'X-Real-IP';

  /** Whether the client is the last address that is not trusted, rather than the last one. */
  @Setting('KONG_REAL_IP_RECURSIVE', ON_OFF)
  readonly realIpRecursive: boolean = false;

  /** The port clients use, by the port listened on. */
  @Setting('KONG_PORT_MAPS', PORT_MAPS)
  readonly portMaps: ReadonlyMap<number, number> = new Map();

  /** Form of errors made by the proxy core for clients that ask for none. */
  @Setting('KONG_ERROR_DEFAULT_TYPE', oneOf('text/plain', 'text/html', 'application/json', 'application/xml'))
  readonly errorDefaultType: 'text/plain' | 'text/html' | 'application/json' | 'application/xml' = 'text/plain';

  /** Bodies of errors in place of Kong's; the text of a file. */
  @Setting('KONG_ERROR_TEMPLATE_HTML', ERROR_TEMPLATE)
  readonly errorTemplateHtml: string | undefined = undefined;

  @Setting('KONG_ERROR_TEMPLATE_JSON', ERROR_TEMPLATE)
  readonly errorTemplateJson: string | undefined = undefined;

  @Setting('KONG_ERROR_TEMPLATE_XML', ERROR_TEMPLATE)
  readonly errorTemplateXml: string | undefined = undefined;

  @Setting('KONG_ERROR_TEMPLATE_PLAIN', ERROR_TEMPLATE)
  readonly errorTemplatePlain: string | undefined = undefined;

  @Setting('KONG_ROUTER_FLAVOR', oneOf('traditional_compatible', 'traditional', 'expressions'))
  readonly routerFlavor: 'traditional_compatible' | 'traditional' | 'expressions' = 'traditional_compatible';

  /** Whether `Kong-Debug: 1` makes answers name their Route and Service. */
  @Setting('KONG_ALLOW_DEBUG_HEADER', ON_OFF)
  readonly allowDebugHeader: boolean = false;

  /** The longest request body the proxy takes; 0: any. */
  @Setting('KONG_NGINX_HTTP_CLIENT_MAX_BODY_SIZE', SIZE)
  readonly clientMaxBodySize: Bytes = bytes(0);

  /** How long a client may send nothing of the body it announced; 0: for ever. */
  @Setting('KONG_NGINX_HTTP_CLIENT_BODY_TIMEOUT', TIME)
  readonly clientBodyTimeout: Milliseconds = milliseconds(60_000);

  /** How long a client may take nothing of its response; 0: for ever. */
  @Setting('KONG_NGINX_HTTP_SEND_TIMEOUT', TIME)
  readonly sendTimeout: Milliseconds = milliseconds(60_000);

  /** The longest request body the Admin API takes. */
  @Setting('KONG_NGINX_ADMIN_CLIENT_MAX_BODY_SIZE', SIZE)
  readonly adminMaxBodySize: Bytes = bytes(10 * 1024 ** 2);

  /** Requests a client may send over one connection. */
  @Setting('KONG_NGINX_HTTP_KEEPALIVE_REQUESTS', wholeNumber(1, 2 ** 31 - 1))
  readonly keepaliveRequests: number = 10000;

  /** One process serves every processor's worth of a gateway that mostly waits; Kong's default is `auto`. */
  @Setting('KONG_NGINX_WORKER_PROCESSES', PROCESSES)
  readonly workerProcesses: number = 1;

  /** Idle connections kept per upstream address; 0: none are kept. */
  @Setting('KONG_UPSTREAM_KEEPALIVE_POOL_SIZE', wholeNumber(0, 2 ** 31 - 1))
  readonly upstreamKeepalivePoolSize: number = 512;

  /** Requests sent over one upstream connection before it is closed; 0: any number. */
  @Setting('KONG_UPSTREAM_KEEPALIVE_MAX_REQUESTS', wholeNumber(0, 2 ** 31 - 1))
  readonly upstreamKeepaliveMaxRequests: number = 10000;

  /** How long an idle upstream connection is kept; 0: for ever. */
  @Setting('KONG_UPSTREAM_KEEPALIVE_IDLE_TIMEOUT', SECONDS)
  readonly upstreamKeepaliveIdleTimeout: Milliseconds = milliseconds(60_000);

  /** Name servers; none: those of /etc/resolv.conf. */
  @Setting('KONG_DNS_RESOLVER', NAME_SERVERS)
  readonly dnsResolver: readonly string[] = [];

  /** Which records of a name are wanted, most wanted first. Kong's default stops at A; names that have only AAAA work here. */
  @Setting('KONG_DNS_ORDER', RECORD_ORDER)
  readonly dnsOrder: readonly RecordTypeName[] = readAs(RECORD_ORDER, 'LAST,SRV,A,AAAA');

  @Setting('KONG_DNS_HOSTSFILE', TEXT)
  readonly dnsHostsFile: string = '/etc/hosts';

  /** Counts in place of the TTL of every record. */
  @Setting('KONG_DNS_VALID_TTL', SECONDS)
  readonly dnsValidTtl: Milliseconds | undefined = undefined;

  /** How long past its TTL a record is used while a newer one is asked for. */
  @Setting('KONG_DNS_STALE_TTL', SECONDS)
  readonly dnsStaleTtl: Milliseconds = milliseconds(3_600_000);

  /** How long a name counts as not existing. */
  @Setting('KONG_DNS_NOT_FOUND_TTL', SECONDS)
  readonly dnsNotFoundTtl: Milliseconds = milliseconds(30_000);

  /** How long name servers that failed are left alone about a name. */
  @Setting('KONG_DNS_ERROR_TTL', SECONDS)
  readonly dnsErrorTtl: Milliseconds = milliseconds(1000);

  /** Names remembered. */
  @Setting('KONG_DNS_CACHE_SIZE', wholeNumber(1, 2 ** 31 - 1))
  readonly dnsCacheSize: number = 10000;

  /** Plugins that may be configured: names, `bundled` for all that are built in, `off` for none. */
  @Setting('KONG_PLUGINS', NAMES)
  readonly plugins: readonly string[] = ['bundled'];

  /** Put in front of the variable's name in `{vault://env/...}`. */
  @Setting('KONG_VAULT_ENV_PREFIX', TEXT)
  readonly vaultEnvPrefix: string = '';

  /** What Lua in a configuration may do. */
  @Setting('KONG_UNTRUSTED_LUA', oneOf('off', 'on', 'sandbox', 'lax', 'strict'))
  readonly untrustedLua: 'off' | 'on' | 'sandbox' | 'lax' | 'strict' = 'sandbox';

  /** How long requests under way may take to finish once the process was told to stop. `kong quit` waits as long. */
  @Setting('KONG_NGINX_MAIN_WORKER_SHUTDOWN_TIMEOUT', TIME)
  readonly shutdownTimeout: Milliseconds = milliseconds(10_000);

  /** Our own: how long `/status/ready` says no before the listeners close, so that load balancers see it first. */
  @Setting('SLUICE_DRAIN_DELAY', MILLISECONDS)
  readonly drainDelay: Milliseconds = milliseconds(0);

  /** Tells this process from others in logs and health reports. */
  @Setting('KONG_NODE_ID', NODE_ID)
  readonly nodeId: string = randomUUID();
}

/** Where programs keep what they must not lose (XDG base directories). */
function defaultDataFolder(): string {
  const { XDG_DATA_HOME, HOME } = process.env;
  if (XDG_DATA_HOME) return join(XDG_DATA_HOME, 'sluice');
  return HOME ? join(HOME, '.local', 'share', 'sluice') : 'sluice-data';
}

/** The variables that are settings and the properties they are read into, in the order of their declaration. */
export const settingVariables = (): [variable: string, property: keyof Settings][] =>
  getMetadataStorage()
    .getTargetValidationMetadatas(Settings, 'Settings', false, false)
    .filter(({ name }) => name === SETTING)
    .map(({ constraints, propertyName }) => [constraints?.[0] as string, propertyName as keyof Settings]);

/** The variables that are settings. */
const SETTING_VARIABLES: readonly string[] = settingVariables().map(([variable]) => variable);

/** Reads the settings; throws one error that names every variable it cannot read. */
export function settingsFrom(environment: Readonly<Record<string, unknown>>): Settings {
  const given = Object.entries(environment).filter(([, value]) => value !== '');
  const files = given.some(([name]) => /^KONG_DECLARATIVE_CONFIG(_STRING)?$/.test(name));
  if (files && !given.some(([name]) => name === 'KONG_DATABASE')) given.push(['KONG_DATABASE', 'off']);
  const settings = plainToInstance(Settings, Object.fromEntries(given), {
    excludeExtraneousValues: true,
    exposeDefaultValues: true,
  });
  const wrong = validateSync(settings).flatMap(({ constraints }) => Object.values(constraints ?? {}));
  if (wrong.length > 0) throw new Error(`settings cannot be used:\n${wrong.map((line) => `  ${line}`).join('\n')}`);
  return Object.freeze(settings);
}

/** A warning for each variable that looks like a setting and is none. */
export function unknownSettings(environment: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(environment)
    .filter((name) => /^(KONG|SLUICE)_/.test(name) && !SETTING_VARIABLES.includes(name))
    .sort()
    .map((name) => {
      // Compared without what all of them begin with, which would make everything look alike.
      const [prefix, rest] = name.split(/(?<=^KONG_|^SLUICE_)/) as [string, string];
      const known = SETTING_VARIABLES.filter((variable) => variable.startsWith(prefix));
      const nearest = nearestName(
        rest,
        known.map((variable) => variable.slice(prefix.length)),
      );
      const meant = nearest === undefined ? '' : ` (did you mean ${prefix}${nearest}?)`;
      return `${name} is not a setting of this gateway and has no effect${meant}`;
    });
}
