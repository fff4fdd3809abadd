// Jest's global setup for the client tests: has npm install the clients under test, once, into the user's cache folder.
// They are programs of hundreds of megabytes that the project must work with, not parts of it: no dependency names them.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The version our how-to shows, and the newest we know. CODEX_NEWEST=latest tries what npm has today. */
const packages = {
  'codex-old': '@openai/codex@0.55.0',
  'codex-new': `@openai/codex@${process.env.CODEX_NEWEST ?? '0.169.0'}`,
  'openai-package': 'openai@7.55.0',
};

export default function installClients() {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sluice-test-clients');
  for (const [name, spec] of Object.entries(packages)) {
    const folder = join(cache, spec.replaceAll('/', '+'));
    // A tag such as `latest` means something else tomorrow.
    if (!existsSync(join(folder, 'node_modules')) || !/@\d/.test(spec.slice(1))) install(spec, folder);
    process.env[`CLIENT_${name.replace('-', '_').toUpperCase()}`] = folder;
  }
}

function install(spec, folder) {
  console.log(`installing ${spec} into ${folder}`);
  mkdirSync(folder, { recursive: true });
  const flags = ['--no-audit', '--no-fund', '--no-save', '--loglevel=error', '--prefix', folder];
  const { status, stderr, error } = spawnSync('npm', ['install', ...flags, spec], { encoding: 'utf8' });
  if (status === 0) return;
  throw new Error(
    `The client tests need ${spec} from npm and could not install it into ${folder}. ` +
      `Without it nothing is known about the client, so this is a failure and not a skip.\n${error ?? stderr}`,
  );
}
