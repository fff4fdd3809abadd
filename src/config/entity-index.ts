import { isObject, recordSchema } from '../entities/record-schema.js';
import type { Declaration } from './declarations.js';
import { type Finding, wholeFinding } from './finding.js';
import { chooseFrom } from './remedy.js';
import { idFromContent, idFromName } from './stable-id.js';

type ByText = Map<string, Map<string, Declaration>>;

/**
 * Gives every declared entity its id and puts ids in the place of references by name. Finds entities that cannot be told
 * apart and references to what is not there. Source: Kong kong/db/schema/others/declarative_config.lua.
 */
export class EntityIndex {
  readonly findings: Finding[] = [];
  private readonly byId: ByText = new Map();
  private readonly byName: ByText = new Map();
  private readonly claims: ByText = new Map();
  private readonly foreignFields = new Map<string, readonly { name: string; reference: string }[]>();
  /** How many more dangling references are compared with all names there are. The search takes long, the reader stops soon. */
  private suggestions = 20;
  /** How often a nameless entity of some content has occurred. */
  private readonly occurrences = new Map<string, number>();

  constructor(declarations: readonly Declaration[]) {
    // Ids made from a cache key contain the ids of what is referred to, so those come first.
    const dependent: Declaration[] = [];
    for (const declaration of declarations) {
      const id = ownId(declaration);
      if (id === undefined && declaration.definition.cacheKey) dependent.push(declaration);
      else this.add(declaration, id ?? this.contentId(declaration));
    }
    for (const declaration of declarations) this.resolve(declaration);
    for (const declaration of dependent) this.add(declaration, cacheKeyId(declaration) ?? this.contentId(declaration));
    for (const declaration of declarations) this.checkUnique(declaration);
  }

  /** Two nameless entities of the same content are told apart by their order. */
  private contentId({ definition, given, parent }: Declaration): string {
    const content = JSON.stringify([parent?.declaration.id, given]);
    const key = `${definition.name} ${content}`;
    const occurrence = this.occurrences.get(key) ?? 0;
    this.occurrences.set(key, occurrence + 1);
    return idFromContent(definition.name, `${occurrence} ${content}`);
  }

  private add(declaration: Declaration, id: string): void {
    const { definition, given } = declaration;
    declaration.id = id;
    given['id'] ??= id;
    const name = given[definition.nameKey ?? ''];
    if (typeof name === 'string' && !isUniqueWithOthersOnly(declaration)) {
      if (!claim(this.byName, definition.name, name, declaration)) {
        this.refuse(declaration, definition.nameKey as string, name, `give it another ${definition.nameKey}`);
        return;
      }
    }
    if (claim(this.byId, definition.name, id, declaration)) return;
    this.refuse(declaration, 'primary key', id, 'remove one of the two, or tell them apart');
  }

  /** References are the name or the id as text, or an object with either; nested entities refer to what they are in. */
  private resolve(declaration: Declaration): void {
    const { definition, given, parent } = declaration;
    if (parent) given[parent.field] = { id: parent.declaration.id };
    for (const { name, reference } of this.foreignFieldsOf(declaration)) {
      const value = given[name];
      if (name === parent?.field || value === undefined || value === null) continue;
      const key = typeof value === 'string' ? value : textIn(value);
      if (key === undefined) continue;
      const found = this.byName.get(reference)?.get(key) ?? this.byId.get(reference)?.get(key);
      // What was not found gets an id nobody has, so that the field's own check has nothing to add.
      given[name] = { id: found?.id ?? idFromName(`missing ${reference}`, key) };
      if (found) continue;
      const shown = typeof value === 'string' ? value : JSON.stringify(value);
      const known = this.suggestions-- > 0 ? [...(this.byName.get(reference)?.keys() ?? [])].slice(0, 2000) : [];
      this.findings.push({
        source: declaration.source,
        path: definition.name === 'consumer_group_consumers' ? declaration.path : [...declaration.path, name],
        whole: false,
        message: `invalid reference '${name}: ${shown}' (no such entry in '${reference}')`,
        remedy: chooseFrom(key, known, `declare it under ${reference}`),
        value: 'shown',
      });
    }
  }

  private foreignFieldsOf({ definition }: Declaration): readonly { name: string; reference: string }[] {
    let fields = this.foreignFields.get(definition.name);
    if (!fields) {
      fields = recordSchema(definition.record).fields.flatMap(({ name, schema }) =>
        schema.type === 'foreign' ? [{ name, reference: schema.reference }] : [],
      );
      this.foreignFields.set(definition.name, fields);
    }
    return fields;
  }

  private checkUnique(declaration: Declaration): void {
    const { definition, given } = declaration;
    for (const field of definition.unique ?? []) {
      const value = given[field];
      if (typeof value !== 'string' || field === definition.nameKey) continue;
      if (claim(this.claims, `${definition.name} ${field}`, value, declaration)) continue;
      this.refuse(declaration, field, value, `give it another ${field}`);
    }
    for (const fields of definition.uniqueTogether ?? []) {
      const values = fields.map((field) => keyText(given[field]));
      if (claim(this.claims, `${definition.name} ${fields.join()}`, values.join(' '), declaration)) continue;
      // Entities of equal ids are told of already.
      if (this.byId.get(definition.name)?.get(declaration.id) !== declaration) continue;
      this.refuse(declaration, fields.join(','), values.join(','), 'remove one of the two, or tell them apart');
    }
  }

  private refuse(declaration: Declaration, field: string, value: string, remedy: string): void {
    const kind = declaration.definition.name;
    const shown = isSecret(declaration, field) ? '******' : value;
    const message = `uniqueness violation: '${kind}' entity with ${field} set to '${shown}' already declared`;
    // Kong puts this text where the entity's errors would be, and not among them.
    this.findings.push({ ...wholeFinding(message, declaration.source, declaration.path), whole: false, remedy });
  }
}

function ownId({ definition, given }: Declaration): string | undefined {
  if (typeof given['id'] === 'string') return given['id'];
  const name = given[definition.stableIdFrom ?? ''];
  return typeof name === 'string' ? idFromName(definition.name, name) : undefined;
}

/** `plugins:*:key-auth::<service id>:`; the asterisk stands for the workspace. */
function cacheKeyId({ definition, given }: Declaration): string | undefined {
  const { name, cacheKey = [] } = definition;
  const parts = cacheKey.map((field) => keyText(given[field]));
  if (parts.every((part) => part === '')) return undefined;
  // Kong without consumer groups has no place for one in the key.
  if (cacheKey.at(-1) === 'consumer_group' && parts.at(-1) === '') parts.pop();
  return idFromName(name, [name, '*', ...parts].join(':'));
}

function keyText(value: unknown): string {
  return typeof value === 'string' ? value : (textIn(value) ?? '');
}

/** What a reference written as an object names: `{id}`, or the name under whichever field it has. */
function textIn(value: unknown): string | undefined {
  if (!isObject(value)) return undefined;
  return ['id', 'name', 'username', 'custom_id', 'prefix']
    .map((field) => value[field])
    .find((text): text is string => typeof text === 'string');
}

function isUniqueWithOthersOnly({ definition }: Declaration): boolean {
  return definition.uniqueTogether?.some((fields) => fields.includes(definition.nameKey as string)) ?? false;
}

function isSecret({ definition }: Declaration, field: string): boolean {
  return recordSchema(definition.record).fields.some(({ name, schema }) => name === field && schema.encrypted === true);
}

/** Whether the text was still free. */
function claim(index: ByText, kind: string, text: string, declaration: Declaration): boolean {
  let claimed = index.get(kind);
  if (!claimed) {
    claimed = new Map();
    index.set(kind, claimed);
  }
  if (claimed.has(text)) return false;
  claimed.set(text, declaration);
  return true;
}
