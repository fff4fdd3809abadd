import { parseArgs } from 'node:util';
import { problemReport } from '../config/configuration-problem.js';
import { BAD, type Command, complain, GOOD, say, UsageError } from './command.js';

export const configParseCommand: Command = {
  name: 'config parse',
  takes: 'FILE',
  summary: "Checks one declarative file and answers as 'kong config parse' does.",
  help: `
For scripts that were written for Kong: prints 'parse successful' and exits with 0, or prints what is wrong and exits
with 1. 'sluice check' is the same for people.

Example:
  sluice config parse kong.yaml
`,
  async run(args) {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true });
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0) throw new UsageError('config parse needs the name of one file');
    const { withOfflineGateway } = await import('./offline-gateway.js');
    const result = await withOfflineGateway((loader) => loader.judge([file]));
    if ('problems' in result) {
      complain(`Failed parsing:\n${problemReport(result.problems)}`);
      return BAD;
    }
    say('parse successful');
    return GOOD;
  },
};
