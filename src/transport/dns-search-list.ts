import { readFileSync } from 'node:fs';

/** How names without enough dots are completed: resolv.conf's `search` and `ndots`. */
export interface SearchList {
  readonly domains: readonly string[];
  readonly ndots: number;
}

/** A file that is not there asks for nothing. */
export function readSearchList(path: string): SearchList {
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    // No resolv.conf: c-ares asks the local host, and names are taken as they are.
  }
  return parseSearchList(text);
}

function parseSearchList(text: string): SearchList {
  let domains: string[] = [];
  let ndots = 1;
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    // The last of several lines counts, whether `domain` or `search` (resolv.conf(5)).
    if (keyword === 'search') domains = values;
    else if (keyword === 'domain') domains = values.slice(0, 1);
    else if (keyword === 'options') {
      const asked = values.map((value) => /^ndots:(\d+)$/.exec(value)?.[1]).findLast((value) => value !== undefined);
      if (asked !== undefined) ndots = Math.min(15, Number(asked));
    }
  }
  return { domains: domains.map((domain) => domain.replace(/\.$/, '')).filter((domain) => domain !== ''), ndots };
}

/** The full names to ask for, in order. Clusters rely on it: `my-service` is `my-service.my-space.svc.cluster.local`. */
export function fullNames(name: string, { domains, ndots }: SearchList): readonly string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const completed = domains.map((domain) => `${name}.${domain}`);
  const dots = name.split('.').length - 1;
  return dots >= ndots ? [name, ...completed] : [...completed, name];
}
