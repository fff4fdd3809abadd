import { checkCommand } from './check.command.js';
import { type Command, complain, GOOD, say, TROUBLE, UsageError } from './command.js';
import { configParseCommand } from './config-parse.command.js';
import { diffCommand } from './diff.command.js';
import { healthCommand } from './health.command.js';
import { migrationsCommand } from './migrations.command.js';
import { startCommand } from './start.command.js';
import { versionCommand } from './version.command.js';

const COMMANDS: readonly Command[] = [
  startCommand,
  checkCommand,
  configParseCommand,
  diffCommand,
  migrationsCommand,
  healthCommand,
  versionCommand,
];

/** Does what the command line asks; answers with the exit code. Without a command the gateway is started. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  if (args.length === 0) return startCommand.run([]);
  const asksForHelp = args.some((arg) => arg === '--help' || arg === '-h') || args[0] === 'help';
  const words = args.filter((arg) => !['--help', '-h', 'help'].includes(arg));
  if (args[0] === '--version' || args[0] === '-v') return versionCommand.run([]);
  const command = commandIn(words);
  if (asksForHelp) {
    say(command ? helpOf(command) : overview());
    return GOOD;
  }
  if (!command) {
    complain(`there is no command '${words.join(' ')}'\n\n${overview()}`);
    return TROUBLE;
  }
  try {
    return await command.run(args.slice(command.name.split(' ').length));
  } catch (error) {
    if (error instanceof UsageError || isParseError(error)) complain(`${error.message}\n\n${helpOf(command)}`);
    else complain(error instanceof Error ? error.message : String(error));
    return TROUBLE;
  }
}

function commandIn(words: readonly string[]): Command | undefined {
  return COMMANDS.find(({ name }) => name.split(' ').every((word, index) => words[index] === word));
}

/** util.parseArgs throws its own kind of error for options it does not know. */
const isParseError = (error: unknown): error is Error =>
  error instanceof TypeError && String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS');

const callOf = ({ name, takes }: Command): string => `sluice ${name}${takes === '' ? '' : ` ${takes}`}`;

const helpOf = (command: Command): string => `${callOf(command)}\n  ${command.summary}\n\n${command.help.trim()}`;

function overview(): string {
  const width = Math.max(...COMMANDS.map((command) => callOf(command).length));
  const lines = COMMANDS.map((command) => `  ${callOf(command).padEnd(width)}   ${command.summary}`);
  return `sluice is an AI gateway that speaks Kong's configuration.

${lines.join('\n')}

Settings are KONG_* environment variables, as in Kong: KONG_PROXY_LISTEN, KONG_DECLARATIVE_CONFIG, KONG_DATABASE ...
Exit codes: 0 all is well, 1 the answer is no, 2 it could not be done.
'sluice help COMMAND' tells more about one of them.`;
}
