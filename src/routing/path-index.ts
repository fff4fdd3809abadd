import type { Candidate } from './candidate.js';
import type { Lookup } from './lookup.js';
import { PathNode } from './path-node.js';

/** Collects candidates in trees, then lays the trees out as an index. */
export class PathIndexBuilder {
  private readonly roots: PathNode[] = [];

  /** A tree for one host; its number. */
  newTree(): number {
    return this.roots.push(new PathNode('')) - 1;
  }

  /** Candidates must come in the order of their ranks. */
  add(tree: number, prefix: string, candidate: Candidate): void {
    let node = this.roots[tree] as PathNode;
    let rest = prefix;
    node.pass(candidate);
    while (rest !== '') {
      node = node.towards(rest);
      node.pass(candidate);
      rest = rest.slice(node.label.length);
    }
    node.candidates.push(candidate);
  }

  build(): PathIndex {
    return new PathIndex(this.roots);
  }
}

/** The words of a node: these six, then the bytes of its label, then its row of children. */
const BEST_RANK = 0;
const CANDIDATES = 1;
const CANDIDATES_END = 2;
const LABEL_LENGTH = 3;
/** The byte that the first entry of the row is for. */
const FIRST_BYTE = 4;
const ROW_LENGTH = 5;
const HEAD_LENGTH = 6;

const NO_NODE = -1;

/**
 * Candidates by what their paths begin with: radix trees over the bytes of paths. A lookup walks down along the path once,
 * past everything that could match and nothing else: the cost grows with the path's length, not with the number of Routes.
 *
 * The trees are laid out flat, because with ten thousand Routes it is not steps that cost but waiting: objects are too
 * scattered for the processor's caches, and a search among children is a guess for its branch prediction. So all a step needs
 * of a node lies together, what it needs next is close by, and the node for a byte is looked up in a row that holds one entry
 * for every byte between the first and the last child's.
 */
export class PathIndex {
  /** All nodes, depth first. A node goes by where its words begin. */
  private readonly words: Int32Array;
  /** Where each tree's root is. */
  private readonly roots: readonly number[];
  private readonly candidates: readonly Candidate[];

  constructor(trees: readonly PathNode[]) {
    const order = trees.flatMap((tree) => tree.withAllBelow());
    const places = new Map<PathNode, number>();
    let length = 0;
    for (const node of order) {
      places.set(node, length);
      length += HEAD_LENGTH + node.label.length + rowLength(node.children());
    }
    this.roots = trees.map((tree) => places.get(tree) as number);
    this.candidates = order.flatMap(({ candidates }) => candidates);
    this.words = new Int32Array(length).fill(NO_NODE);
    let candidate = 0;
    for (const [node, place] of places) {
      const { label, bestRank, candidates } = node;
      const children = node.children();
      const firstByte = children[0]?.firstByte ?? 0;
      const candidatesEnd = candidate + candidates.length;
      this.words.set([bestRank, candidate, candidatesEnd, label.length, firstByte, rowLength(children)], place);
      this.words.set(Buffer.from(label, 'latin1'), place + HEAD_LENGTH);
      const row = place + HEAD_LENGTH + label.length;
      for (const child of children) this.words[row + child.firstByte - firstByte] = places.get(child) as number;
      candidate = candidatesEnd;
    }
  }

  /** The candidate with the lowest rank that matches in a tree; `best` when none below its rank does. */
  find(tree: number, lookup: Lookup, best: Candidate | undefined): Candidate | undefined {
    const { path } = lookup;
    let found = best;
    let at = 0;
    let node = this.roots[tree] as number;
    while (node !== NO_NODE) {
      if (found && this.word(node + BEST_RANK) >= found.rank) break;
      const label = node + HEAD_LENGTH;
      const row = label + this.word(node + LABEL_LENGTH);
      for (let word = label; word < row; word++, at++) {
        if (this.word(word) !== path.charCodeAt(at)) return found;
      }
      found = this.bestOf(node, lookup, found);
      if (at === path.length) break;
      const entry = path.charCodeAt(at) - this.word(node + FIRST_BYTE);
      node = entry >= 0 && entry < this.word(node + ROW_LENGTH) ? this.word(row + entry) : NO_NODE;
    }
    return found;
  }

  /** A node's candidates are in the order of their ranks. */
  private bestOf(node: number, lookup: Lookup, best: Candidate | undefined): Candidate | undefined {
    const end = this.word(node + CANDIDATES_END);
    for (let index = this.word(node + CANDIDATES); index < end; index++) {
      const candidate = this.candidates[index] as Candidate;
      if (best && candidate.rank >= best.rank) break;
      if (candidate.matches(lookup)) return candidate;
    }
    return best;
  }

  private word(at: number): number {
    return this.words[at] as number;
  }
}

function rowLength(children: readonly PathNode[]): number {
  const [first] = children;
  const last = children.at(-1);
  return first && last ? last.firstByte - first.firstByte + 1 : 0;
}
