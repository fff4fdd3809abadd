import { kindOf } from '../ai/json/json-scan.js';
import { arrayOf, elementsOf, JsonObject, objectIn } from './json-object.js';

/** One spot of a document that a rule names: a member of an object, or an element of an array. */
export interface JsonPlace {
  /** The value's text; `undefined`: nothing is there. */
  readonly value: string | undefined;
  put(value: string): void;
  drop(): void;
  /** Gives the member another name in the same object. Elements have no names. */
  rename?(name: string): void;
}

type Use = (place: JsonPlace) => void;

/** How the names in rules are read. */
export interface JsonNames {
  /** Calls `use` with every place a name stands for, and keeps what it changes. */
  visit(root: JsonObject, name: string, use: Use): void;
  /** Moves what is there under the old name, as far as it `mayMove`, to the new one. */
  rename(root: JsonObject, from: string, to: string, mayMove: (value: string) => boolean): void;
}

/** A name is a member of the document itself, whatever dots are in it. */
export const MEMBER_NAMES: JsonNames = {
  visit: (root, name, use) => use(placeIn(root, name)),
  rename(root, from, to, mayMove) {
    const value = root.get(from);
    if (value !== undefined && mayMove(value)) root.rename(from, to);
  },
};

function placeIn(object: JsonObject, name: string): JsonPlace {
  return {
    value: object.get(name),
    put: (value) => object.set(name, value),
    drop: () => object.remove(name),
    rename: (to) => object.rename(name, to),
  };
}

/**
 * A name is a path: `a.b` descends, `a[*].b` goes through every element, `a[1].b` through the first. Objects on the way
 * that are not there are made when something is put at the end of it.
 */
export const PATH_NAMES: JsonNames = {
  visit: (root, name, use) => visitObject(root, stepsOf(name), 0, use),
  rename(root, from, to, mayMove) {
    // In the same object each keeps its place: `a[*].b` to `a[*].c` concerns every element by itself.
    const sameParent = parentOf(from) === parentOf(to);
    let moved: string | undefined;
    this.visit(root, from, (place) => {
      if (place.value === undefined || !mayMove(place.value)) return;
      if (sameParent && place.rename) place.rename(to.slice(parentOf(to).length));
      else {
        moved = place.value;
        place.drop();
      }
    });
    const value = moved;
    if (value !== undefined) this.visit(root, to, (place) => place.put(value));
  },
};

/** Up to and with the last dot. */
function parentOf(name: string): string {
  return name.slice(0, name.lastIndexOf('.') + 1);
}

type Step =
  | { readonly kind: 'key'; readonly key: string }
  /** From 0. */
  | { readonly kind: 'element'; readonly index: number }
  | { readonly kind: 'every-element' };

function stepsOf(name: string): readonly Step[] {
  return [...name.matchAll(/\[(\*|\d+)\]|[^.[]+|\[/g)].map(([key, index]): Step => {
    if (index === undefined) return { kind: 'key', key };
    return index === '*' ? { kind: 'every-element' } : { kind: 'element', index: Number(index) - 1 };
  });
}

function visitObject(object: JsonObject, steps: readonly Step[], depth: number, use: Use): void {
  const step = steps[depth];
  if (step?.kind === 'key') visitPlace(placeIn(object, step.key), steps, depth + 1, use);
}

function visitPlace(place: JsonPlace, steps: readonly Step[], depth: number, use: Use): void {
  const step = steps[depth];
  if (step === undefined) use(place);
  else if (step.kind === 'key') {
    if (place.value !== undefined && kindOf(place.value[0]) !== 'object') return;
    const child = place.value === undefined ? JsonObject.empty() : objectIn(place.value);
    if (!child) return;
    visitObject(child, steps, depth, use);
    if (child.isChanged) place.put(child.toBuffer().toString('latin1'));
  } else if (place.value !== undefined && kindOf(place.value[0]) === 'array') {
    visitElements(place, step.kind === 'element' ? step.index : undefined, steps, depth + 1, use);
  }
}

/** `only`: the one element that is meant; all when it is left out. */
function visitElements(
  array: JsonPlace,
  only: number | undefined,
  steps: readonly Step[],
  depth: number,
  use: Use,
): void {
  const elements: (string | undefined)[] = elementsOf(array.value as string) ?? [];
  let changed = false;
  for (const [index, value] of elements.entries()) {
    if (only !== undefined && only !== index) continue;
    const change = (to: string | undefined) => {
      elements[index] = to;
      changed = true;
    };
    visitPlace({ value, put: change, drop: () => change(undefined) }, steps, depth, use);
  }
  if (changed) array.put(arrayOf(elements.filter((element) => element !== undefined)));
}
