import { ENTITY, type ErrorTree } from '../entities/error-tree.js';
import { luaTable } from '../entities/lua-table.js';
import type { PathStep } from './configuration-problem.js';

/** Kong's error object for a declarative configuration it refuses (kong/db/errors.lua, code 14). */
export interface KongError {
  readonly code: 14;
  readonly name: 'invalid declarative configuration';
  readonly message: string;
  /** In the shape of the file, null where a list's entry is fine. */
  readonly fields: { readonly [name: string]: ErrorTree };
}

/** A mistake as far as Kong's object tells it. */
export interface PlacedMessage {
  readonly path: readonly PathStep[];
  /** Steps of the path that are names in a map: Kong tells what is wrong with a map without saying where in it. */
  readonly mapSteps?: readonly number[];
  readonly whole: boolean;
  readonly message: string;
}

type Branch = { [name: string]: ErrorTree };

export const kongError = (messages: readonly PlacedMessage[]): KongError => errorWith(fieldsOf(messages));

/** Names come from the outside: on a plain object one of them would be more than a name. */
const branch = () => Object.create(null) as Branch;

/** The mistakes in the shape of what they were made in. */
export function fieldsOf(messages: readonly PlacedMessage[]): { [name: string]: ErrorTree } {
  const fields = branch();
  for (const message of messages) place(fields, message);
  return fields;
}

/** The object for a text that could not be read at all. */
export const kongTextError = (message: string): KongError => errorWith({ error: message });

/** What is left of an error once some of it is told elsewhere: only the members of these names. */
export const remainingError = ({ fields }: KongError, isLeft: (name: string) => boolean): KongError =>
  errorWith(Object.fromEntries(Object.entries(fields).filter(([name]) => isLeft(name))));

const errorWith = (fields: Branch): KongError => ({
  code: 14,
  name: 'invalid declarative configuration',
  message: `declarative config is invalid: ${luaTable(fields)}`,
  fields,
});

function place(root: Branch, { path: found, mapSteps = [], whole, message }: PlacedMessage): void {
  const path = found.filter((_, index) => !mapSteps.includes(index));
  let container: Branch | ErrorTree[] = root;
  path.forEach((step, index) => {
    const last = index === path.length - 1;
    const below: ErrorTree | null | undefined = at(container, step);
    if (last && !whole) {
      if (below === null || below === undefined) put(container, step, message);
      else if (typeof below !== 'string' && !Array.isArray(below)) addWhole(below, message);
      return;
    }
    if (typeof below === 'object' && below !== null) {
      container = below as Branch;
      return;
    }
    const wantsList = !last && typeof path[index + 1] === 'number';
    const created: Branch | ErrorTree[] = wantsList ? [] : branch();
    if (typeof below === 'string' && !Array.isArray(created)) addWhole(created, below);
    put(container, step, created);
    container = created;
  });
  if (whole && !Array.isArray(container)) addWhole(container, message);
}

const at = (container: Branch | ErrorTree[], step: PathStep): ErrorTree | null | undefined =>
  Array.isArray(container) ? container[Number(step)] : Object.hasOwn(container, step) ? container[step] : undefined;

function put(container: Branch | (ErrorTree | null)[], step: PathStep, tree: ErrorTree): void {
  if (!Array.isArray(container)) {
    container[step] = tree;
    return;
  }
  while (container.length < Number(step)) container.push(null);
  container[Number(step)] = tree;
}

function addWhole(branch: Branch, message: string): void {
  const messages = (branch[ENTITY] ??= []) as string[];
  messages.push(message);
}
