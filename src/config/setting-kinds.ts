import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { addressBlock } from '../entities/address-block.js';
import { type Bytes, bytes, type Milliseconds, milliseconds } from '../entities/units.js';
import { UUID } from '../entities/uuid.js';
import type { SettingKind } from './setting.js';

/** Kinds of settings, as Kong's configuration file writes them. */

export const TEXT: SettingKind<string> = { allowed: 'any text', parse: (text) => text };

/** Short keys are guessed. */
export const ADMIN_KEY: SettingKind<string> = {
  secret: true,
  allowed: 'at least 16 characters without blanks (openssl rand -hex 24 makes good ones)',
  parse: (text) => (/^\S{16,}$/.test(text) ? text : undefined),
};

/** `proxy_protocol`, which Kong takes in its place, would wait for what no listener of ours reads. */
export const HEADER_NAME: SettingKind<string> = {
  allowed: "a header's name (proxy_protocol is not built)",
  parse: (text) => (/^[\w!#$%&'*+.^`|~-]+$/.test(text) && text !== 'proxy_protocol' ? text : undefined),
};

export const ON_OFF: SettingKind<boolean> = {
  allowed: 'on, off, true, false',
  parse: (text) => (/^(on|true)$/i.test(text) ? true : /^(off|false)$/i.test(text) ? false : undefined),
};

export function oneOf<T extends string>(...names: readonly T[]): SettingKind<T> {
  return { allowed: names.join(', '), parse: (text) => names.find((name) => name === text.trim()) };
}

export function wholeNumber(least: number, most: number): SettingKind<number> {
  return {
    allowed: `a whole number from ${least} to ${most}`,
    parse(text) {
      const value = /^\s*\d+\s*$/.test(text) ? Number(text) : Number.NaN;
      return value >= least && value <= most ? value : undefined;
    },
  };
}

const SIZE_UNITS: Record<string, number> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** nginx's sizes: `0`, `8k`, `10m`, `1g`. */
export const SIZE: SettingKind<Bytes> = {
  allowed: 'a number of bytes, with k, m or g for KiB, MiB or GiB',
  parse(text) {
    const match = /^\s*(\d+)([kmg]?)\s*$/i.exec(text);
    if (!match) return undefined;
    return bytes(Number(match[1]) * (SIZE_UNITS[(match[2] as string).toLowerCase()] as number));
  },
};

const TIME_UNITS: Record<string, number> = { ms: 1, '': 1000, s: 1000, m: 60_000, h: 3_600_000 };

/** nginx's times: `10` and `10s` are seconds; `500ms`, `2m`, `1h`. */
export const TIME: SettingKind<Milliseconds> = {
  allowed: 'a number of seconds, or a number with ms, s, m or h',
  parse(text) {
    const match = /^\s*(\d+)(ms|s|m|h)?\s*$/.exec(text);
    return match ? milliseconds(Number(match[1]) * (TIME_UNITS[match[2] ?? ''] as number)) : undefined;
  },
};

/** Whole seconds, as Kong writes its own time-outs. */
export const SECONDS: SettingKind<Milliseconds> = {
  allowed: 'a number of seconds, 0 or more',
  parse(text) {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    return value >= 0 && Number.isFinite(value) ? milliseconds(value * 1000) : undefined;
  },
};

export const MILLISECONDS: SettingKind<Milliseconds> = {
  allowed: 'a number of milliseconds, 0 or more',
  parse: (text) => (/^\s*\d+\s*$/.test(text) ? milliseconds(Number(text)) : undefined),
};

export const NODE_ID: SettingKind<string> = {
  allowed: 'a UUID',
  parse: (text) => (UUID.test(text.trim()) ? text.trim().toLowerCase() : undefined),
};

export const PROCESSES: SettingKind<number> = {
  allowed: "'auto' (one per processor) or a number from 1 to 1024",
  parse: (text) => (text.trim() === 'auto' ? availableParallelism() : wholeNumber(1, 1024).parse(text)),
};

/** A file with the body of an error, as Kong's `string.format` fills it in; what is in it is the setting. */
export const ERROR_TEMPLATE: SettingKind<string> = {
  allowed: 'a file that can be read, with %s where the message goes, another where the request id goes, and %% for a %',
  parse(path) {
    try {
      const template = readFileSync(path.trim(), 'utf8');
      const directives = template.match(/%.?/g) ?? [];
      const holes = directives.filter((directive) => directive === '%s').length;
      return holes <= 2 && directives.every((directive) => /%[s%]/.test(directive)) ? template : undefined;
    } catch {
      return undefined;
    }
  },
};

const listed = (text: string): string[] =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');

export const NAMES: SettingKind<readonly string[]> = {
  allowed: 'a comma separated list of names',
  parse: (text) => listed(text),
};

/** A file with certificates or a key, or the text of one; what it leads to is read when it is needed. */
export const PEM: SettingKind<string> = { allowed: 'a file or PEM text', secret: true, parse: (text) => text.trim() };

export const PEMS: SettingKind<readonly string[]> = {
  allowed: 'a comma separated list of files or PEM texts',
  secret: true,
  parse: (text) => listed(text),
};

/** IP addresses and CIDR blocks; `unix:` stands for every Unix domain socket. */
export const ADDRESSES: SettingKind<readonly string[]> = {
  allowed: 'a comma separated list of IP addresses, CIDR blocks (10.0.0.0/8) and unix:',
  parse(text) {
    const addresses = listed(text);
    return addresses.every((address) => address === 'unix:' || addressBlock(address) === undefined)
      ? addresses
      : undefined;
  },
};

/** An address by itself, or one with a port; IPv6 then in brackets. */
function isNameServer(server: string): boolean {
  const withPort = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d{1,5})?$/.exec(server);
  return isIP(withPort?.[1] ?? withPort?.[2] ?? server) > 0;
}

export const NAME_SERVERS: SettingKind<readonly string[]> = {
  allowed: 'a comma separated list of IP addresses, each perhaps with a port (10.0.0.2, 10.0.0.3:5353, [::1]:53)',
  parse(text) {
    const servers = listed(text);
    return servers.every(isNameServer) ? servers : undefined;
  },
};

export const RECORD_TYPES = ['LAST', 'SRV', 'A', 'AAAA', 'CNAME'] as const;
export type RecordTypeName = (typeof RECORD_TYPES)[number];

export const RECORD_ORDER: SettingKind<readonly RecordTypeName[]> = {
  allowed: `a comma separated list of ${RECORD_TYPES.join(', ')}`,
  parse(text) {
    const types = listed(text).map((given) => RECORD_TYPES.find((type) => type === given.toUpperCase()));
    return types.includes(undefined) ? undefined : (types as RecordTypeName[]);
  },
};

/** `80:8000, 443:8443`: clients reach listener 8000 as port 80. Answers with outer port by listener port. */
export const PORT_MAPS: SettingKind<ReadonlyMap<number, number>> = {
  allowed: 'a comma separated list of <port clients use>:<port listened on>, such as 80:8000, 443:8443',
  parse(text) {
    const maps = new Map<number, number>();
    for (const entry of listed(text)) {
      const match = /^(\d{1,5}):(\d{1,5})$/.exec(entry);
      if (!match || Number(match[1]) > 65535 || Number(match[2]) > 65535) return undefined;
      maps.set(Number(match[2]), Number(match[1]));
    }
    return maps;
  },
};

/** Headers the gateway puts on its answers when `headers` lists them. */
export const ANSWER_HEADERS = [
  'Server',
  'Via',
  'X-Kong-Proxy-Latency',
  'X-Kong-Response-Latency',
  'X-Kong-Upstream-Latency',
  'X-Kong-Admin-Latency',
  'X-Kong-Total-Latency',
  'X-Kong-Upstream-Status',
  'X-Kong-Request-Id',
] as const;
export type AnswerHeader = (typeof ANSWER_HEADERS)[number];

/** Kong's short names for several headers at once. */
const HEADER_TOKENS: ReadonlyMap<string, readonly AnswerHeader[]> = new Map([
  ['server_tokens', ['Server', 'Via']],
  [
    'latency_tokens',
    ['X-Kong-Proxy-Latency', 'X-Kong-Response-Latency', 'X-Kong-Upstream-Latency', 'X-Kong-Admin-Latency'],
  ],
]);

/** The `headers` settings: names and tokens in any case, or `off`. */
export function headerList<T extends AnswerHeader>(known: readonly T[]): SettingKind<ReadonlySet<T>> {
  const tokens = [...HEADER_TOKENS].filter(([, names]) => names.every((name) => has(known, name)));
  return {
    allowed: `'off' or a comma separated list of ${[...tokens.map(([token]) => token), ...known].join(', ')}`,
    parse(text) {
      const chosen = new Set<T>();
      if (text.trim() === 'off') return chosen;
      for (const entry of listed(text)) {
        const names = HEADER_TOKENS.get(entry.toLowerCase()) ?? [headerNamed(known, entry)];
        for (const name of names) {
          if (!has(known, name)) return undefined;
          chosen.add(name);
        }
      }
      return chosen;
    },
  };
}

const has = <T extends string>(known: readonly T[], name: string | undefined): name is T => known.includes(name as T);

const headerNamed = <T extends string>(known: readonly T[], name: string): T | undefined =>
  known.find((one) => one.toLowerCase() === name.toLowerCase());
