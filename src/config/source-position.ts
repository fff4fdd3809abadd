import { EVENT_ID, type Event, getScalarValue, parseEvents } from 'js-yaml';
import type { PathStep } from './configuration-problem.js';

/** A place in a text; both counted from 1. */
export interface SourcePosition {
  readonly line: number;
  readonly column: number;
}

/** A value's place in the text, and those of what it contains. */
type Place =
  | { readonly kind: 'scalar'; readonly offset: number; readonly text: string }
  | { readonly kind: 'sequence'; readonly offset: number; readonly items: Place[] }
  | { readonly kind: 'mapping'; readonly offset: number; readonly members: Member[] };

interface Member {
  readonly key: string;
  readonly keyOffset: number;
  readonly value: Place;
}

/**
 * Tells where in a text the value at a path is written. Reads the text once more for that, which only a text with
 * mistakes is worth.
 */
export class SourcePositions {
  private readonly root: Place | undefined;
  private readonly lineStarts: number[] = [0];

  constructor(text: string) {
    this.root = new PlaceReader(text).read();
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) this.lineStarts.push(end + 1);
  }

  /** The place of a member's name or of an element; of the nearest thing around it that is written, where it is not. */
  of(path: readonly PathStep[]): SourcePosition {
    let place = this.root;
    let offset = place?.offset ?? 0;
    for (const step of path) {
      if (place?.kind === 'sequence' && typeof step === 'number') {
        place = place.items[step];
        if (place) offset = place.offset;
      } else {
        const member = place && memberOf(place, String(step));
        place = member?.value;
        if (member) offset = member.keyOffset;
      }
      if (!place) break;
    }
    return this.positionAt(offset);
  }

  private positionAt(offset: number): SourcePosition {
    let [low, high] = [0, this.lineStarts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.lineStarts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.lineStarts[low] as number) + 1 };
  }
}

/** A member by its name, its own first, then those that `<<` merges in. */
function memberOf(place: Place, name: string): Member | undefined {
  if (place.kind !== 'mapping') return undefined;
  const own = place.members.findLast(({ key }) => key === name);
  if (own) return own;
  for (const { key, value } of place.members) {
    if (key !== '<<') continue;
    const sources = value.kind === 'sequence' ? value.items : [value];
    for (const source of sources) {
      const merged = memberOf(source, name);
      if (merged) return merged;
    }
  }
  return undefined;
}

/** Builds the places from the parser's events. */
class PlaceReader {
  private readonly events: Event[];
  private readonly anchors = new Map<string, Place>();
  private next = 0;

  constructor(private readonly text: string) {
    this.events = parseEvents(text, {});
  }

  read(): Place | undefined {
    while (this.next < this.events.length && this.events[this.next]?.type === EVENT_ID.DOCUMENT) this.next += 1;
    return this.next < this.events.length ? this.readPlace() : undefined;
  }

  private readPlace(): Place {
    const event = this.events[this.next++] as Event;
    switch (event.type) {
      case EVENT_ID.ALIAS:
        return this.anchors.get(this.text.slice(event.anchorStart, event.anchorEnd)) ?? NOWHERE;
      case EVENT_ID.SCALAR:
        return this.anchored(event, {
          kind: 'scalar',
          offset: this.startOf(event),
          text: getScalarValue(this.text, event),
        });
      case EVENT_ID.SEQUENCE: {
        const items: Place[] = [];
        const place = this.anchored(event, { kind: 'sequence', offset: event.start, items });
        while (this.more()) items.push(this.readPlace());
        return place;
      }
      case EVENT_ID.MAPPING: {
        const members: Member[] = [];
        const place = this.anchored(event, { kind: 'mapping', offset: event.start, members });
        while (this.more()) {
          const key = this.readPlace();
          const value = this.readPlace();
          members.push({ key: key.kind === 'scalar' ? key.text : '', keyOffset: key.offset, value });
        }
        return place;
      }
      default:
        return NOWHERE;
    }
  }

  /** Whether the open collection goes on; takes the event that closes it. */
  private more(): boolean {
    if (this.next < this.events.length && this.events[this.next]?.type !== EVENT_ID.POP) return true;
    this.next += 1;
    return false;
  }

  private anchored(event: { anchorStart: number; anchorEnd: number }, place: Place): Place {
    if (event.anchorStart >= 0) this.anchors.set(this.text.slice(event.anchorStart, event.anchorEnd), place);
    return place;
  }

  /** The quote belongs to a quoted text's place. */
  private startOf({ valueStart }: { valueStart: number }): number {
    const before = this.text[valueStart - 1];
    return before === '"' || before === "'" ? valueStart - 1 : Math.max(valueStart, 0);
  }
}

const NOWHERE: Place = { kind: 'scalar', offset: 0, text: '' };
