import type { Candidate } from './candidate.js';
import type { Lookup } from './lookup.js';

/**
 * Candidates by what their paths begin with: a radix tree over the bytes of paths. A lookup walks down along the path once,
 * past everything that could match and nothing else, so its cost grows with the path's length, not with the number of Routes.
 */
export class PathTree {
  private readonly root = new Node('');

  /** Candidates must be added in the order of their ranks: lists stay sorted, and the first to pass a node is its best. */
  add(prefix: string, candidate: Candidate): void {
    let node = this.root;
    let rest = prefix;
    node.pass(candidate);
    while (rest !== '') {
      node = node.towards(rest);
      rest = rest.slice(node.label.length);
      node.pass(candidate);
    }
    node.candidates.push(candidate);
  }

  /** The candidate with the lowest rank that matches; `best` when none below its rank does. */
  find(lookup: Lookup, best: Candidate | undefined): Candidate | undefined {
    const { path } = lookup;
    let found = best;
    let at = 0;
    let node: Node | undefined = this.root;
    while (node && node.bestRank < (found?.rank ?? Infinity) && path.startsWith(node.label, at)) {
      for (const candidate of node.candidates) {
        if (found && candidate.rank >= found.rank) break;
        if (candidate.matches(lookup)) {
          found = candidate;
          break;
        }
      }
      at += node.label.length;
      node = at < path.length ? node.children?.get(path.charCodeAt(at)) : undefined;
    }
    return found;
  }
}

class Node {
  readonly candidates: Candidate[] = [];
  /** By the first byte of their labels. */
  children: Map<number, Node> | undefined;
  /** The lowest rank of any candidate here or below. */
  bestRank = Infinity;

  constructor(readonly label: string) {}

  pass({ rank }: Candidate): void {
    if (rank < this.bestRank) this.bestRank = rank;
  }

  /** The child on the way to `rest`, made, or cut shorter, if need be. Its label is a beginning of `rest`. */
  towards(rest: string): Node {
    this.children ??= new Map();
    const first = rest.charCodeAt(0);
    const child = this.children.get(first);
    const next = child ? child.cut(commonLength(child.label, rest)) : new Node(rest);
    this.children.set(first, next);
    return next;
  }

  /** This node if its whole label is kept, else a new one above it with the beginning of the label. */
  private cut(length: number): Node {
    if (length === this.label.length) return this;
    const upper = new Node(this.label.slice(0, length));
    upper.bestRank = this.bestRank;
    const lower = new Node(this.label.slice(length));
    lower.bestRank = this.bestRank;
    lower.children = this.children;
    lower.candidates.push(...this.candidates);
    upper.children = new Map([[lower.label.charCodeAt(0), lower]]);
    return upper;
  }
}

function commonLength(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  for (let at = 0; at < most; at++) if (a.charCodeAt(at) !== b.charCodeAt(at)) return at;
  return most;
}
