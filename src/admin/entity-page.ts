import type { EntityBase } from '../entities/field-types.js';
import { type EntityError, invalidOffset, invalidOption, invalidSize, type Outcome } from '../store/entity-error.js';

const DEFAULT_SIZE = 100; // Kong's
const LARGEST_SIZE = 1000; // Kong's
const MOST_TAGS = 5; // Kong's

/** What a list is asked for, as its query says it. */
export interface PageQuery {
  /** Each is a list where the query says it more than once. */
  readonly size?: string | readonly string[] | undefined;
  readonly offset?: string | readonly string[] | undefined;
  readonly tags?: string | readonly string[] | undefined;
}

export interface Page {
  readonly entities: readonly EntityBase[];
  /** Where the next page begins; `undefined`: this is the last. */
  readonly offset: string | undefined;
}

type TagFilter = (entity: EntityBase) => boolean;

/**
 * One page of entities, ordered by id. An offset is the id the page before ended with, so it stays good while entities come
 * and go. Texts are Kong's (kong/api/endpoints.lua, kong/db/dao/init.lua).
 */
export function pageOf(entities: Iterable<EntityBase>, { size, offset, tags }: PageQuery): Outcome<Page> {
  const asked = sizeAsked(size);
  if ('error' in asked) return asked;
  const filter = tags === undefined ? undefined : tagFilter(typeof tags === 'string' ? tags : (tags[0] ?? ''));
  if (filter && typeof filter !== 'function') return { error: filter };
  const after = offset === undefined ? '' : idFromOffset(String(offset));
  if (after === undefined) return { error: badOffset(offset) };

  const all = [...entities].filter((entity) => entity.id > after && (!filter || filter(entity)));
  const page = all.sort((one, other) => (one.id < other.id ? -1 : 1)).slice(0, asked.value);
  const last = page.at(-1);
  return { value: { entities: page, offset: last && all.length > asked.value ? offsetOf(last) : undefined } };
}

/** A page as it is answered: its entities, and the way to the next page. */
export const shownPage = (
  { entities, offset }: Page,
  show: (entity: EntityBase) => object,
  nextPath: (offset: string) => string,
): object => ({
  data: entities.map(show),
  ...(offset === undefined ? { next: null } : { offset, next: nextPath(offset) }),
});

export const badOffset = (offset: PageQuery['offset']) => invalidOffset(String(offset), 'bad base64 encoding');

export function sizeAsked(text: PageQuery['size']): Outcome<number> {
  if (text === undefined) return { value: DEFAULT_SIZE };
  const size = typeof text !== 'string' || text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isNaN(size)) return { error: invalidSize('size must be a number') };
  if (Number.isInteger(size) && size >= 1 && size <= LARGEST_SIZE) return { value: size };
  return { error: invalidSize(`size must be an integer between 1 and ${LARGEST_SIZE}`) };
}

const offsetOf = ({ id }: EntityBase): string => Buffer.from(`after ${id}`).toString('base64url');

function idFromOffset(offset: string): string | undefined {
  return /^after ([0-9a-f-]{36})$/i.exec(Buffer.from(offset, 'base64url').toString())?.[1];
}

const ALL_OF = /^[^,/\p{Cc}]+(?:,[^,/\p{Cc}]+)*,?$/u;
const ANY_OF = /^[^,/\p{Cc}]+(?:\/[^,/\p{Cc}]+)*\/?$/u;

/** `a,b`: all of them; `a/b`: any of them. */
function tagFilter(text: string): TagFilter | EntityError {
  if (text === '') return invalidOption('tags', 'cannot be null');
  const any = text.includes('/');
  if (!(any ? ANY_OF : ALL_OF).test(text)) return invalidOption('tags', 'invalid filter syntax');
  const tags = text.split(any ? '/' : ',').filter((tag) => tag !== '');
  if (tags.length > MOST_TAGS) {
    return invalidOption('tags', `cannot query more than ${MOST_TAGS} tags`);
  }
  return any
    ? (entity) => tags.some((tag) => entity.tags?.includes(tag))
    : (entity) => tags.every((tag) => entity.tags?.includes(tag));
}
