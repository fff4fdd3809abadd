/** An error raised by a Lua program or by what it called. */
export class LuaError extends Error {
  override readonly name = 'LuaError';

  constructor(
    message: string,
    /** The Lua value that `pcall` gets, when `error` was called with something else than a text. */
    readonly raised: unknown = message,
  ) {
    super(message);
  }
}

/** Source text that is not Lua. The message starts with its place: `name:line: what`. */
export class LuaSyntaxError extends Error {
  override readonly name = 'LuaSyntaxError';
}
