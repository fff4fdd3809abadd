import { readFileSync } from 'node:fs';

const { name, version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  name: string;
  version: string;
};

/** What stands in Kong's places for `kong/3.9.3`: in `Via`, `Server`, and the Admin API. */
export const PRODUCT = { name, version, token: `${name}/${version}` } as const;
