import type { Listener } from '../config/listener.js';
import { type Settings, settingVariables } from '../config/settings.js';
import { hostInUrl } from '../entities/host.js';

/** Passwords, keys, and a text that may hold some (Kong: CONF_SENSITIVE). */
const SECRET = /password|_key$|secret|token$|^declarative_config_string$/;

/** The settings as `GET /` shows them: under Kong's names, secrets masked. */
export function shownSettings(settings: Settings): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [variable, property] of settingVariables()) {
    const name = variable.replace(/^KONG_/, '').toLowerCase();
    const value = settings[property];
    shown[name] = value !== undefined && SECRET.test(name) ? '******' : shownValue(value);
  }
  return shown;
}

function shownValue(value: unknown): unknown {
  if (value === undefined) return null;
  if (value instanceof Set) return [...(value as Set<unknown>)];
  if (value instanceof Map) return Object.fromEntries(value as Map<unknown, unknown>) as object;
  if (Array.isArray(value)) return value.map((element) => (isListener(element) ? listenerText(element) : element));
  return value;
}

const isListener = (value: unknown): value is Listener =>
  typeof value === 'object' && value !== null && 'port' in value;

function listenerText({ host, port, tls, http2, reusePort }: Listener): string {
  const flags = { ssl: tls, http2, reuseport: reusePort };
  return [`${hostInUrl(host)}:${port}`, ...Object.entries(flags).flatMap(([flag, on]) => (on ? [flag] : []))].join(' ');
}
