import { byteString } from '../entities/byte-string.js';
import type { Route } from '../entities/route.js';
import { type RouteExpression, readExpression } from '../entities/route-expression.js';
import type { Service } from '../entities/service.js';
import { allowedSchemes } from './allowed-schemes.js';
import type { Candidate, PathMatch } from './candidate.js';
import { type ExpressionTest, expressionTest, type Findings } from './expression-test.js';
import type { Placement } from './host-index.js';
import type { Lookup } from './lookup.js';
import { RoutePattern } from './route-pattern.js';
import type { RouterRules } from './router-rules.js';

/** A Route that matches by its expression. */
export class ExpressionCandidate implements Candidate {
  private constructor(
    readonly rank: number,
    readonly route: Route,
    readonly service: Service | undefined,
    private readonly holds: ExpressionTest,
    private readonly schemes: readonly string[] | undefined,
  ) {}

  /** Where requests the Route's expression may hold for will come by. Throws when the expression cannot be used. */
  static placements(
    rank: number,
    route: Route & { expression: string },
    service: Service | undefined,
    rules: RouterRules,
  ): Placement[] {
    const expression = readExpression(route.expression);
    if ('problem' in expression) {
      throw new Error(
        `Route '${route.name ?? route.id}' has an expression that cannot be read:\n${expression.problem}`,
      );
    }
    const schemes = allowedSchemes(route.protocols, rules);
    const candidate = new ExpressionCandidate(rank, route, service, expressionTest(expression), schemes);
    const { hosts, prefixes } = needsOf(expression);
    return (hosts ?? [undefined]).flatMap((host) => (prefixes ?? ['']).map((prefix) => ({ host, prefix, candidate })));
  }

  matches(lookup: Lookup): boolean {
    if (this.schemes && !this.schemes.includes(lookup.request.scheme)) return false;
    return this.holds(lookup);
  }

  pathMatch(lookup: Lookup): PathMatch {
    const findings: Findings = { matched: undefined, captures: undefined };
    this.holds(lookup, findings);
    return findings;
  }
}

/** What must be true of a request for an expression to hold, in terms the index knows. `undefined`: anything may be. */
interface Needs {
  readonly hosts: readonly string[] | undefined;
  readonly prefixes: readonly string[] | undefined;
}

const ANYTHING: Needs = { hosts: undefined, prefixes: undefined };
/** An expression with more alternatives is looked at for every request instead. */
const MOST_ALTERNATIVES = 100;

function needsOf(expression: RouteExpression): Needs {
  switch (expression.kind) {
    case 'and': {
      const [left, right] = [needsOf(expression.left), needsOf(expression.right)];
      return { hosts: left.hosts ?? right.hosts, prefixes: left.prefixes ?? right.prefixes };
    }
    case 'or': {
      const [left, right] = [needsOf(expression.left), needsOf(expression.right)];
      return { hosts: either(left.hosts, right.hosts), prefixes: either(left.prefixes, right.prefixes) };
    }
    case 'not':
      return ANYTHING;
    case 'predicate': {
      const { field, operator, operand, lower } = expression;
      if (lower || operand.type !== 'String') return ANYTHING;
      if (field === 'http.host' && operator === '==') return { hosts: [operand.text], prefixes: undefined };
      if (field !== 'http.path') return ANYTHING;
      if (operator === '==' || operator === '^=') return { hosts: undefined, prefixes: [byteString(operand.text)] };
      if (operator !== '~' || !operand.text.startsWith('^')) return ANYTHING;
      return {
        hosts: undefined,
        prefixes: [RoutePattern.compile(operand.text, { anchored: true, unicode: true }).literalPrefix],
      };
    }
  }
}

function either(
  left: readonly string[] | undefined,
  right: readonly string[] | undefined,
): readonly string[] | undefined {
  if (!left || !right) return undefined;
  const both = [...new Set([...left, ...right])];
  return both.length > MOST_ALTERNATIVES ? undefined : both;
}
