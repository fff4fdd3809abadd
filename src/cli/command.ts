/** Something `sluice` can be asked to do. */
export interface Command {
  /** As it is typed: `check`, `config parse`. */
  readonly name: string;
  /** What it needs after the name: `FILE...`. */
  readonly takes: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What a person who has never used it wants to know, examples included. */
  readonly help: string;
  /** Answers with the exit code. Throws `UsageError` when it was asked in a way it cannot understand. */
  run(args: readonly string[]): Promise<number>;
}

/** It worked, and all is well. */
export const GOOD = 0;
/** It worked, and the answer is no: a file has mistakes, configurations differ, the gateway is not ready. */
export const BAD = 1;
/** It could not be done. */
export const TROUBLE = 2;

/** The command line itself is wrong. The message says how; the command's help follows. */
export class UsageError extends Error {}

export const say = (text: string): void => void process.stdout.write(`${text}\n`);
export const complain = (text: string): void => void process.stderr.write(`${text}\n`);
