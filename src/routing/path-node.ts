import type { Candidate } from './candidate.js';

/** A node of a radix tree over the bytes of paths, while the tree is being built. */
export class PathNode {
  /** In the order of their ranks. */
  readonly candidates: Candidate[] = [];
  /** The lowest rank of any candidate here or below. */
  bestRank = NO_RANK;
  private byFirstByte = new Map<number, PathNode>();

  /** `label`: what this node adds to the path of the node above. */
  constructor(readonly label: string) {}

  get firstByte(): number {
    return this.label.charCodeAt(0);
  }

  /** In the order of their first bytes. */
  children(): PathNode[] {
    return [...this.byFirstByte.values()].sort((a, b) => a.firstByte - b.firstByte);
  }

  /** This node and all below it, each before those below it. */
  withAllBelow(): PathNode[] {
    const order: PathNode[] = [];
    const waiting: PathNode[] = [this];
    for (let node = waiting.pop(); node; node = waiting.pop()) {
      order.push(node);
      waiting.push(...node.children().reverse());
    }
    return order;
  }

  /** Takes note that a candidate's prefix leads through here. */
  pass({ rank }: Candidate): void {
    if (rank < this.bestRank) this.bestRank = rank;
  }

  /** The child on the way to `rest`, made, or cut in two, if need be. Its label is a beginning of `rest`. */
  towards(rest: string): PathNode {
    const first = rest.charCodeAt(0);
    const child = this.byFirstByte.get(first);
    const next = child ? child.cut(commonLength(child.label, rest)) : new PathNode(rest);
    this.byFirstByte.set(first, next);
    return next;
  }

  /** This node if its whole label is kept, else a new one above it with the beginning of the label. */
  private cut(length: number): PathNode {
    if (length === this.label.length) return this;
    const upper = new PathNode(this.label.slice(0, length));
    const lower = new PathNode(this.label.slice(length));
    upper.bestRank = lower.bestRank = this.bestRank;
    lower.byFirstByte = this.byFirstByte;
    lower.candidates.push(...this.candidates);
    upper.byFirstByte = new Map([[lower.firstByte, lower]]);
    return upper;
  }
}

/** More candidates than fit into memory. */
const NO_RANK = 2 ** 31 - 1;

function commonLength(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  for (let at = 0; at < most; at++) if (a.charCodeAt(at) !== b.charCodeAt(at)) return at;
  return most;
}
