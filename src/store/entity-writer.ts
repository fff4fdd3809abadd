import type { Draft } from './draft.js';
import type { Outcome } from './entity-error.js';

/** Makes its changes to the draft, or none and says why. Run again when somebody else wrote in the meantime. */
export type Plan<T> = (draft: Draft) => Outcome<T>;

/** What an edit is called where it cannot be made. */
export interface Operation {
  readonly verb: 'create' | 'update' | 'create or update' | 'remove';
  /** `services`. */
  readonly kind: string;
  /** The field the entity is addressed by, when not by its id. */
  readonly by?: string;
}

/** Changes the configuration entity by entity, where that is possible. */
export abstract class EntityWriter {
  /** Brings what is kept into force. Rejects, with what to do, when that cannot be done. */
  abstract start(): Promise<void>;

  /** Answers once the change is kept and in force, or with why it is not. Rejects when the store cannot be reached. */
  abstract write<T>(plan: Plan<T>, operation: Operation): Promise<Outcome<T>>;

  /** Brings what others wrote into force. Never rejects. */
  abstract catchUp(): Promise<void>;

  /** `tell` is awaited before a change is acknowledged; other processes learn of it that way. */
  abstract onCommit(tell: () => Promise<void>): void;

  abstract close(): Promise<void>;
}
