import type { Candidate } from './candidate.js';
import { hostName, hostPort } from './host-header.js';
import type { Lookup } from './lookup.js';
import { PathTree } from './path-tree.js';
import type { RouterFlavor } from './router-rules.js';

/** Longer names are not names (RFC 1035, 2.3.4), and a stranger shall not make us look at thousands of labels. */
const LONGEST_NAME = 253;

/** Candidates by the host they ask for, and under each host by the beginning of the path. */
export class HostIndex {
  private readonly anyHost = new PathTree();
  private readonly anyPort = new HostNames();
  private readonly byPort = new Map<number, HostNames>();

  constructor(private readonly flavor: RouterFlavor) {}

  /** `host` as a Route writes it; `undefined`: any host. Candidates must be added in the order of their ranks. */
  add(host: string | undefined, prefix: string, candidate: Candidate): void {
    if (host === undefined) {
      this.anyHost.add(prefix, candidate);
      return;
    }
    const port = hostPort(host);
    const names = port === undefined ? this.anyPort : this.namesAt(port);
    names.treeFor(hostName(host)).add(prefix, candidate);
  }

  private namesAt(port: number): HostNames {
    let names = this.byPort.get(port);
    if (!names) this.byPort.set(port, (names = new HostNames()));
    return names;
  }

  find(lookup: Lookup): Candidate | undefined {
    const { hostName: name } = lookup;
    let best: Candidate | undefined;
    if (name !== '') {
      best = this.anyPort.findPlain(name, lookup, best);
      best = this.anyPort.findWildcard(name, lookup, best);
      if (this.byPort.size > 0) best = this.findWithPort(name, lookup, best);
    }
    return this.anyHost.find(lookup, best);
  }

  /**
   * A Host header without port stands for the listener's port, except in flavor `traditional`: there for the scheme's port
   * where the Route's host is a wildcard, and for none where it is plain (kong/router/traditional.lua, fields.lua).
   */
  private findWithPort(name: string, lookup: Lookup, best: Candidate | undefined): Candidate | undefined {
    const { statedPort, request } = lookup;
    if (this.flavor !== 'traditional') {
      const names = this.byPort.get(statedPort ?? request.port);
      return names ? names.findWildcard(name, lookup, names.findPlain(name, lookup, best)) : best;
    }
    const plain = statedPort === undefined ? undefined : this.byPort.get(statedPort);
    const wildcards = this.byPort.get(statedPort ?? (request.scheme === 'https' ? 443 : 80));
    const found = plain ? plain.findPlain(name, lookup, best) : best;
    return wildcards ? wildcards.findWildcard(name, lookup, found) : found;
  }
}

class HostNames {
  private readonly plain = new Map<string, PathTree>();
  /** `*.example.com`, by `example.com`. */
  private readonly suffixes = new Map<string, PathTree>();
  /** `example.*`, by `example`. */
  private readonly prefixes = new Map<string, PathTree>();

  treeFor(name: string): PathTree {
    if (name.startsWith('*.')) return treeIn(this.suffixes, name.slice(2));
    if (name.endsWith('.*')) return treeIn(this.prefixes, name.slice(0, -2));
    return treeIn(this.plain, name);
  }

  findPlain(name: string, lookup: Lookup, best: Candidate | undefined): Candidate | undefined {
    const tree = this.plain.get(name);
    return tree ? tree.find(lookup, best) : best;
  }

  /** At least one character stands where the `*` is. */
  findWildcard(name: string, lookup: Lookup, best: Candidate | undefined): Candidate | undefined {
    if ((this.suffixes.size === 0 && this.prefixes.size === 0) || name.length > LONGEST_NAME) return best;
    let found = best;
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      const suffixed = dot > 0 ? this.suffixes.get(name.slice(dot + 1)) : undefined;
      if (suffixed) found = suffixed.find(lookup, found);
      const prefixed = dot + 1 < name.length ? this.prefixes.get(name.slice(0, dot)) : undefined;
      if (prefixed) found = prefixed.find(lookup, found);
    }
    return found;
  }
}

function treeIn(trees: Map<string, PathTree>, name: string): PathTree {
  let tree = trees.get(name);
  if (!tree) trees.set(name, (tree = new PathTree()));
  return tree;
}
