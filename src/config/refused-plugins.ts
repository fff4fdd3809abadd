export interface RefusedPlugin {
  /** The Plugin entity's id. */
  readonly id: string;
  readonly message: string;
}

/** Plugins whose configuration is as their class wants it, and which cannot work with it: all of them, not the first. */
export class RefusedPlugins extends Error {
  constructor(readonly refused: readonly RefusedPlugin[]) {
    super(refused.map(({ message }) => message).join('; '));
  }
}
