import { describe, expect, it } from '@jest/globals';
import type { PluginEntity } from '../entities/plugin-entity.js';
import type { Route } from '../entities/route.js';
import type { Service } from '../entities/service.js';
import type { ProxiedRequest } from '../pdk/proxied-request.js';
import { ChainTable } from './chain-table.js';
import type { PluginInstance } from './plugin-chain.js';

type Scope = Partial<Record<'consumer' | 'consumer_group' | 'route' | 'service', string>>;

const anInstance = (name: string, label: string, scope: Scope = {}, ordering?: PluginEntity['ordering']) => {
  const references = Object.fromEntries(Object.entries(scope).map(([kind, id]) => [kind, { id }]));
  const entity = { id: label, name, ...references, ordering } as unknown as PluginEntity;
  return { name, entity, plugin: { access: () => {} }, prepared: label } satisfies PluginInstance;
};

const route = { id: 'r' } as Route;
const service = { id: 's' } as Service;
const caller = { consumer: { id: 'c' }, consumerGroupIds: ['g1', 'g2'] } as unknown as ProxiedRequest;

/** Kong's list of precedence, most specific first (kong-core 5.2). */
const PRECEDENCE: readonly Scope[] = [
  { consumer: 'c', route: 'r', service: 's' },
  { consumer_group: 'g1', route: 'r', service: 's' },
  { consumer: 'c', route: 'r' },
  { consumer: 'c', service: 's' },
  { consumer_group: 'g1', route: 'r' },
  { consumer_group: 'g1', service: 's' },
  { route: 'r', service: 's' },
  { consumer: 'c' },
  { consumer_group: 'g1' },
  { route: 'r' },
  { service: 's' },
  {},
];

const chosen = (instances: readonly PluginInstance[], request = caller) =>
  new ChainTable(instances).chainFor(route, service).turns.map((turn) => turn.instanceFor(request)?.prepared);

describe('which instance of a plugin acts', () => {
  it.each(PRECEDENCE.map((scope, index) => [JSON.stringify(scope), index] as const))(
    '%s wins over everything less specific',
    (_, index) => {
      const instances = PRECEDENCE.slice(index).map((scope) => anInstance('p', JSON.stringify(scope), scope));
      expect(chosen(instances.reverse())).toEqual([JSON.stringify(PRECEDENCE[index])]);
    },
  );

  it('takes the group whose name comes first', () => {
    const instances = [
      anInstance('p', 'second', { consumer_group: 'g2' }),
      anInstance('p', 'first', { consumer_group: 'g1' }),
    ];
    expect(chosen(instances)).toEqual(['first']);
  });

  it('is nobody when the only instance belongs to another', () => {
    expect(chosen([anInstance('p', 'other', { consumer: 'x' })])).toEqual([undefined]);
    expect(chosen([anInstance('p', 'other', { route: 'x' })])).toEqual([]);
  });

  it('is known beforehand where no instance belongs to a consumer', () => {
    const table = new ChainTable([anInstance('p', 'global'), anInstance('q', 'route', { route: 'r' })]);
    expect(table.chainFor(route, service).fixed).toBeDefined();
    expect(table.global.turns.map(({ name }) => name)).toEqual(['p']);
  });
});

describe('the order of the access phase', () => {
  const order = (...instances: PluginInstance[]) =>
    new ChainTable(instances).chainFor(route, service).accessTurns.map(({ name }) => name);

  it('is that of priorities when nothing else is wished', () => {
    expect(order(anInstance('a', '1'), anInstance('b', '2'), anInstance('c', '3'))).toEqual(['a', 'b', 'c']);
  });

  it('moves a plugin before the one it names', () => {
    const last = anInstance('c', '3', {}, { before: { access: ['a'] } });
    expect(order(anInstance('a', '1'), anInstance('b', '2'), last)).toEqual(['b', 'c', 'a']);
  });

  it('moves a plugin after the one it names', () => {
    const first = anInstance('a', '1', {}, { after: { access: ['c'] } });
    expect(order(first, anInstance('b', '2'), anInstance('c', '3'))).toEqual(['b', 'c', 'a']);
  });

  it('heeds the wish of a plugin that has an instance for a consumer as well', () => {
    const last = anInstance('c', '3', {}, { before: { access: ['a'] } });
    const ofConsumer = anInstance('c', '4', { consumer: 'c' });
    expect(order(anInstance('a', '1'), anInstance('b', '2'), last, ofConsumer)).toEqual(['b', 'c', 'a']);
  });

  it('leaves out a wish that contradicts an earlier one', () => {
    const first = anInstance('a', '1', {}, { before: { access: ['b'] } });
    const second = anInstance('b', '2', {}, { before: { access: ['a'] } });
    expect(order(first, second)).toEqual(['a', 'b']);
  });
});
