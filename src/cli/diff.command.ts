import { parseArgs } from 'node:util';
import type { ConfigurationLoader } from '../config/configuration-loader.js';
import { problemReport } from '../config/configuration-problem.js';
import type { Snapshot } from '../config/snapshot.js';
import { BAD, type Command, complain, GOOD, say, TROUBLE, UsageError } from './command.js';

export const diffCommand: Command = {
  name: 'diff',
  takes: 'OLD NEW',
  summary: 'Tells in words what would change if NEW took the place of OLD.',
  help: `
Compares what two declarative files mean, not how they are written: order, quotes, nesting and defaults that are spelled
out make no difference. Secrets that differ are said to differ and not shown.

Exit codes: 0 no difference, 1 differences, 2 a file has mistakes or cannot be read.

Example:
  git show HEAD:kong.yaml > /tmp/old.yaml && sluice diff /tmp/old.yaml kong.yaml
`,
  async run(args) {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true });
    const [old, recent, ...more] = positionals;
    if (old === undefined || recent === undefined || more.length > 0) throw new UsageError('diff needs two files');
    const { changesBetween } = await import('./configuration-changes.js');
    const { withOfflineGateway } = await import('./offline-gateway.js');
    const changes = await withOfflineGateway(async (loader) => {
      const before = await read(loader, old);
      const after = before && (await read(loader, recent));
      return before && after ? changesBetween(before, after) : undefined;
    });
    if (!changes) return TROUBLE;
    for (const change of changes) say(change);
    say(changes.length === 0 ? 'nothing would change' : `${changes.length} would change`);
    return changes.length === 0 ? GOOD : BAD;
  },
};

async function read(loader: ConfigurationLoader, file: string): Promise<Snapshot | undefined> {
  const result = await loader.judge([file]);
  if ('snapshot' in result) return result.snapshot;
  complain(problemReport(result.problems));
  return undefined;
}
