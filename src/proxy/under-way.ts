/** Something that can be told where in the list it stands. */
export interface Listed {
  /** -1: not in the list. */
  place: number;
}

/**
 * What is under way at the moment. An array rather than a Set: a Set that gains and loses a member per request makes itself
 * a new table every few dozen requests, each table leads to the next, and once one of them has grown old the collector keeps
 * all that follow, with every request in them, until its next full round (measured: 10 KB per request survived).
 */
export class UnderWay<T extends Listed> {
  private readonly members: T[] = [];

  add(member: T): void {
    member.place = this.members.length;
    this.members.push(member);
  }

  /** Answers whether it was there. */
  delete(member: T): boolean {
    const { members } = this;
    const { place } = member;
    if (place < 0) return false;
    const last = members.pop() as T;
    if (last !== member) {
      members[place] = last;
      last.place = place;
    }
    member.place = -1;
    return true;
  }

  get size(): number {
    return this.members.length;
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.members.values();
  }
}
