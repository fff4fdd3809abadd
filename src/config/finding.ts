import { ENTITY, type ErrorTree } from '../entities/error-tree.js';
import type { FieldSchema } from '../entities/field-schema.js';
import { isObject, recordSchema } from '../entities/record-schema.js';
import type { PathStep } from './configuration-problem.js';
import { remedyFor } from './remedy.js';
import type { SourceDocument } from './source-document.js';

/** One mistake, with all that is needed to tell it to a person and to a program. */
export interface Finding {
  readonly source: SourceDocument;
  /** In the source's own document. */
  readonly path: readonly PathStep[];
  /** Which steps of the path are names in a map. */
  readonly mapSteps?: readonly number[];
  /** Whether it concerns the entity or record at the path as a whole, rather than a field's value. */
  readonly whole: boolean;
  /** Kong's words. */
  readonly message: string;
  readonly remedy: string;
  /** What is shown of the value: a secret is hidden, and there may be nothing to show. */
  readonly value: 'shown' | 'hidden' | 'none';
}

/**
 * The mistakes in an error tree, one by one. `schema` describes `value`, which the tree was made from; it is asked for
 * what is secret and for what could have been meant.
 */
export function findingsOf(
  tree: ErrorTree,
  schema: FieldSchema | undefined,
  value: unknown,
  source: SourceDocument,
  path: readonly PathStep[],
): Finding[] {
  if (typeof tree === 'string') return [fieldFinding(tree, schema, value, source, path)];
  if (Array.isArray(tree)) {
    const elements = schema && 'elements' in schema ? schema.elements : undefined;
    const values = Array.isArray(value) ? value : [];
    return tree.flatMap((element, index) =>
      element === null ? [] : findingsOf(element, elements, values[index], source, [...path, index]),
    );
  }
  return Object.entries(tree).flatMap(([name, below]) => {
    if (name === ENTITY) return (below as string[]).map((message) => wholeFinding(message, source, path));
    const member = isObject(value) ? value[name] : undefined;
    const known = memberSchema(schema, name);
    const inside = findingsOf(below, known, member, source, [...path, name]);
    const found = schema?.type === 'map' ? inside.map((finding) => inMap(finding, path.length)) : inside;
    return below === UNKNOWN_FIELD ? found.map((finding) => unknownField(finding, name, schema)) : found;
  });
}

const inMap = (finding: Finding, step: number): Finding => ({
  ...finding,
  mapSteps: [step, ...(finding.mapSteps ?? [])],
});

const UNKNOWN_FIELD = 'unknown field';

/** A mistake that concerns a whole entity or record. */
export function wholeFinding(message: string, source: SourceDocument, path: readonly PathStep[]): Finding {
  return { source, path, whole: true, message, remedy: 'change the fields this names', value: 'none' };
}

function fieldFinding(
  message: string,
  schema: FieldSchema | undefined,
  value: unknown,
  source: SourceDocument,
  path: readonly PathStep[],
): Finding {
  const secret = schema?.encrypted === true;
  // Rules may quote the value they refuse.
  const told = secret && typeof value === 'string' && value !== '' ? withoutSecret(message, value) : message;
  const remedy = remedyFor(message, schema, value, path);
  return { source, path, whole: false, message: told, remedy, value: secret ? 'hidden' : 'shown' };
}

/** The message without the secret, whose letters may stand in it as parts of other words. */
function withoutSecret(message: string, secret: string): string {
  const exactly = secret.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return message.replace(new RegExp(`(?<![A-Za-z0-9])${exactly}(?![A-Za-z0-9])`, 'g'), '******');
}

/** The name is the mistake. The value could be anything, a secret under a mistyped name included. */
function unknownField(finding: Finding, name: string, parent: FieldSchema | undefined): Finding {
  const known = parent?.type === 'record' ? recordSchema(parent.record).fields.map((field) => field.name) : [];
  return { ...finding, value: 'none', remedy: remedyFor(UNKNOWN_FIELD, undefined, name, finding.path, known) };
}

function memberSchema(schema: FieldSchema | undefined, name: string): FieldSchema | undefined {
  if (schema?.type === 'map') return schema.values;
  if (schema?.type !== 'record') return undefined;
  return recordSchema(schema.record).fields.find((field) => field.name === name)?.schema;
}
