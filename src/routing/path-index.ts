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

/**
 * Words a node takes: where its label, its row of children and its candidates begin, and the lowest rank of a candidate in it
 * or below. Each of the three ends where that of the next node begins.
 */
const WORDS = 4;
const LABEL = 0;
const CHILDREN = 1;
const CANDIDATES = 2;
const BEST_RANK = 3;

const NO_NODE = -1;

/**
 * Candidates by what their paths begin with: radix trees over the bytes of paths. A lookup walks down along the path once,
 * past everything that could match and nothing else: the cost grows with the path's length, not with the number of Routes.
 *
 * The trees are laid out flat, because with ten thousand Routes it is not steps that cost but waiting: objects are too
 * scattered for the processor's caches, and a search among children is a guess for its branch prediction. So the node for a
 * byte is looked up in a row that holds one entry for every byte between the first and the last child's.
 */
export class PathIndex {
  private readonly nodes: Int32Array;
  /** The labels of all nodes, one after the other. */
  private readonly labels: Uint8Array;
  /** Rows of children: the first child's byte, then a node or NO_NODE for each byte from there on. */
  private readonly rows: Int32Array;
  private readonly candidates: readonly Candidate[];

  /** Where each tree's root is. */
  private readonly roots: Int32Array;

  constructor(trees: readonly PathNode[]) {
    // Depth first: what a lookup needs next is close to what it has just read.
    const order = trees.flatMap((tree) => tree.withAllBelow());
    const numbers = new Map(order.map((node, index) => [node, index]));
    this.roots = Int32Array.from(trees, (tree) => numbers.get(tree) as number);
    this.labels = Buffer.from(order.map(({ label }) => label).join(''), 'latin1');
    this.candidates = order.flatMap(({ candidates }) => candidates);
    this.nodes = new Int32Array((order.length + 1) * WORDS);
    const rows: number[] = [];
    let [label, candidate] = [0, 0];
    order.forEach((node, index) => {
      this.nodes.set([label, rows.length, candidate, node.bestRank], index * WORDS);
      const children = node.children();
      const [first] = children;
      if (first) {
        const start = rows.push(first.firstByte) - first.firstByte;
        for (const child of children) {
          while (rows.length < start + child.firstByte) rows.push(NO_NODE);
          rows.push(numbers.get(child) as number);
        }
      }
      label += node.label.length;
      candidate += node.candidates.length;
    });
    this.nodes.set([label, rows.length, candidate, 0], order.length * WORDS);
    this.rows = Int32Array.from(rows);
  }

  /** The candidate with the lowest rank that matches in a tree; `best` when none below its rank does. */
  find(tree: number, lookup: Lookup, best: Candidate | undefined): Candidate | undefined {
    const { path } = lookup;
    let found = best;
    let at = 0;
    let node = this.roots[tree] as number;
    while (node !== NO_NODE) {
      const words = node * WORDS;
      if (found && this.word(words + BEST_RANK) >= found.rank) break;
      const labelEnd = this.word(words + WORDS + LABEL);
      for (let label = this.word(words + LABEL); label < labelEnd; label++, at++) {
        if (this.labels[label] !== path.charCodeAt(at)) return found;
      }
      found = this.bestOf(words, lookup, found);
      node = at < path.length ? this.child(words, path.charCodeAt(at)) : NO_NODE;
    }
    return found;
  }

  /** A node's candidates are in the order of their ranks. */
  private bestOf(words: number, lookup: Lookup, best: Candidate | undefined): Candidate | undefined {
    const end = this.word(words + WORDS + CANDIDATES);
    for (let index = this.word(words + CANDIDATES); index < end; index++) {
      const candidate = this.candidates[index] as Candidate;
      if (best && candidate.rank >= best.rank) break;
      if (candidate.matches(lookup)) return candidate;
    }
    return best;
  }

  private child(words: number, byte: number): number {
    const row = this.word(words + CHILDREN);
    const end = this.word(words + WORDS + CHILDREN);
    if (row === end) return NO_NODE;
    const offset = byte - (this.rows[row] as number);
    return offset < 0 || row + 1 + offset >= end ? NO_NODE : (this.rows[row + 1 + offset] as number);
  }

  private word(at: number): number {
    return this.nodes[at] as number;
  }
}
