import { parseArgs } from 'node:util';
import { problemReport } from '../config/configuration-problem.js';
import { BAD, type Command, GOOD, say, UsageError } from './command.js';

export const checkCommand: Command = {
  name: 'check',
  takes: 'FILE...',
  summary: 'Tells every mistake in declarative files, with its place and a way out.',
  help: `
Reads files, or folders of them, as a start would, without starting anything. Variables of decK
(\${{ env "DECK_X" }}) are taken from the environment and must be set.

Options:
  --json             one JSON object: {"valid": ..., "problems": [{"file", "line", "column", "path", "message", ...}]}

Exit codes: 0 no mistakes, 1 mistakes, 2 a file cannot be read.

Examples:
  sluice check config/kong.yaml
  DECK_OPENAI_API_KEY=any sluice check kong.d/
`,
  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { json: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    if (positionals.length === 0) throw new UsageError('check needs the name of a file');
    const { withOfflineGateway } = await import('./offline-gateway.js');
    const result = await withOfflineGateway((loader) => loader.judge(positionals));
    const problems = 'problems' in result ? result.problems : [];
    if (values.json) say(JSON.stringify({ valid: problems.length === 0, problems }, null, 2));
    else say(problems.length === 0 ? `${positionals.join(', ')}: no mistakes` : problemReport(problems));
    return problems.length === 0 ? GOOD : BAD;
  },
};
