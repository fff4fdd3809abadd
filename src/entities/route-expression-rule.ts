import { translatePcre } from './pcre.js';
import { isSet, type RecordRule } from './record-rules.js';
import { expressionError } from './route-expression.js';

const ATTRIBUTES = ['methods', 'hosts', 'paths', 'headers', 'snis', 'sources', 'destinations'];
const LISTED = "'methods', 'hosts', 'paths', 'headers', 'snis', 'sources' or 'destinations'";

/**
 * A Route matches by an expression or by attributes, not by both, and the router must be able to read either.
 * Texts: Kong kong/db/schema/entities/routes.lua.
 */
export const expressionRule: RecordRule = (route, report) => {
  const problem = isSet(route.expression) ? expressionProblem(route) : attributeProblem(route);
  if (problem !== undefined) report.entity(`Router Expression failed validation: ${problem}`);
};

function expressionProblem(route: Record<string, unknown>): string | undefined {
  if (ATTRIBUTES.some((name) => isSet(route[name]))) return `cannot set 'expression' with ${LISTED} simultaneously`;
  if (route.regex_priority) return "cannot set 'regex_priority' with 'expression' simultaneously";
  return typeof route.expression === 'string' ? expressionError(route.expression) : undefined;
}

function attributeProblem(route: Record<string, unknown>): string | undefined {
  if (route.priority) return `cannot set 'priority' with ${LISTED} simultaneously`;
  for (const values of Object.values((route.headers as Record<string, unknown> | undefined | null) ?? {})) {
    for (const value of Array.isArray(values) ? (values as unknown[]) : []) {
      if (typeof value !== 'string' || !value.startsWith('~*')) continue;
      // The flavors differ in which letters they read (routing/header-condition.ts).
      for (const pattern of [value.slice(2), value.slice(2).toLowerCase()]) {
        const translated = translatePcre(pattern, { anchored: false });
        if ('problem' in translated) return `invalid regex: '${pattern}' (${translated.problem})`;
      }
    }
  }
  return undefined;
}
