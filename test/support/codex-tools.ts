import { answerInKind, type StreamManners } from './answers.js';
import type { Answer } from './fake-upstream.js';
import type { ToolCall } from './openai-wire.js';

interface Tool {
  readonly type: string;
  readonly name?: string;
  readonly tools?: readonly Tool[];
}

interface Item {
  readonly type: string;
  readonly tools?: readonly Tool[];
}

interface CodexTurn {
  readonly input: readonly Item[];
  readonly tools?: readonly Tool[];
}

/** Has the client run a shell command so many turns in a row, then gives the final answer. */
export function askingForCommands(turns: number, command: string, manners: StreamManners = {}): Answer {
  return (exchange) => {
    const asked = JSON.parse(exchange.request.body.toString()) as CodexTurn;
    if (outputsIn(asked) >= turns) return answerInKind(manners)(exchange);
    return answerInKind({ ...manners, toolCall: commandCall(asked, command) })(exchange);
  };
}

/** How many results of tool calls a request carries. */
export function outputsIn({ input }: CodexTurn): number {
  return input.filter(({ type }) => type === 'function_call_output' || type === 'custom_tool_call_output').length;
}

/** A call of whichever of its tools the client runs commands with. Each generation, and each family of models, has its own. */
function commandCall({ input, tools = [] }: CodexTurn, command: string): ToolCall {
  const offered = [...tools, ...input.flatMap((item) => item.tools ?? [])]
    .flatMap((tool) => (tool.tools ? [...tool.tools] : [tool]))
    .map(({ name }) => name);
  if (offered.includes('exec_command')) {
    return { kind: 'function', name: 'exec_command', input: JSON.stringify({ cmd: command }) };
  }
  if (offered.includes('shell')) {
    return { kind: 'function', name: 'shell', input: JSON.stringify({ command: ['bash', '-lc', command] }) };
  }
  if (offered.includes('exec')) {
    const script = `const result = await tools.exec_command({cmd: ${JSON.stringify(command)}}); text(result.output);`;
    return { kind: 'custom', name: 'exec', input: script };
  }
  throw new Error(`no tool that runs commands is known among: ${offered.join(', ')}`);
}
