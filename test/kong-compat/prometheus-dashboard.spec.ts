import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { metricsSession } from '../support/metrics-session.js';

/** Every query of the files an operator gets for Grafana and Prometheus, by what it is for. */
interface Query {
  readonly of: string;
  readonly expression: string;
}

const configuration = (file: string) => readFileSync(new URL(`../../config/${file}`, import.meta.url), 'utf8');

interface Dashboard {
  readonly panels: { readonly title: string; readonly targets?: { readonly expr: string }[] }[];
  readonly templating: { readonly list: { readonly name: string; readonly query: string | { query: string } }[] };
  readonly annotations: { readonly list: { readonly name: string; readonly expr: string }[] };
}

interface Alerts {
  readonly groups: { readonly rules: { readonly alert: string; readonly expr: string }[] }[];
}

function queries(): Query[] {
  const { panels, templating, annotations } = JSON.parse(configuration('grafana-dashboard.json')) as Dashboard;
  const { groups } = load(configuration('prometheus-alerts.yaml')) as Alerts;
  return [
    ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ of: title, expression: expr }))),
    ...templating.list.map(({ name, query }) => ({
      of: `$${name}`,
      expression: typeof query === 'string' ? query : query.query,
    })),
    ...annotations.list.map(({ name, expr }) => ({ of: name, expression: expr })),
    ...groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => ({ of: alert, expression: expr }))),
  ].filter(({ expression }) => expression !== 'prometheus');
}

/** The names a query may use, with the labels each has; what Prometheus adds itself is known to all. */
const labelsByName = new Map<string, Set<string>>();
const ADDED = ['instance', 'job', 'le'];

beforeAll(async () => {
  const { families, page } = await metricsSession();
  for (const { name, type } of families) {
    const lines = page.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name}_bucket{`));
    const labels = new Set([
      ...ADDED,
      ...lines.flatMap((line) => [...line.matchAll(/([a-z_]+)="/g)].map(([, l]) => l as string)),
    ]);
    for (const suffix of type === 'histogram' ? ['_bucket', '_count', '_sum'] : [''])
      labelsByName.set(name + suffix, labels);
  }
});

const namesIn = (expression: string) => [...expression.matchAll(/\b(?:kong|sluice)_\w+/g)].map(([name]) => name);

describe('The dashboard and the alert rules', () => {
  it.each(queries().map(({ of, expression }): [string, string] => [of, expression]))(
    'ask for metrics that exist: %s',
    (_of, expression) => {
      const names = namesIn(expression);

      expect(names).not.toHaveLength(0);
      for (const name of names) expect([...labelsByName.keys()]).toContain(name);
    },
  );

  it.each(queries().map(({ of, expression }): [string, string] => [of, expression]))(
    'use labels that those metrics have: %s',
    (_of, expression) => {
      for (const [, name, selectors] of expression.matchAll(/\b((?:kong|sluice)_\w+)\{([^}]*)\}/g)) {
        const used = [...(selectors as string).matchAll(/(\w+)(?:=~|!=|!~|=)/g)].map(([, label]) => label as string);
        for (const label of used) expect([...(labelsByName.get(name as string) ?? [])]).toContain(label);
      }
      const known = new Set(namesIn(expression).flatMap((name) => [...(labelsByName.get(name) ?? [])]));
      for (const [, labels] of expression.matchAll(/\b(?:by|ignoring) \(([^)]*)\)/g)) {
        for (const label of (labels as string).split(/,\s*/)) expect([...known]).toContain(label);
      }
    },
  );
});
