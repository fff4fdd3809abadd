import { createHook } from 'node:async_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { keepTickShape } from './tick-shape.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** The objects behind the calls of `process.nextTick` that `act` makes. */
function ticksOf(act: () => void): WeakRef<object>[] {
  const ticks: WeakRef<object>[] = [];
  const hook = createHook({
    init: (_id, type, _trigger, resource: object) => {
      if (type === 'TickObject') ticks.push(new WeakRef(resource));
    },
  }).enable();
  act();
  hook.disable();
  return ticks;
}

describe('of the objects behind process.nextTick', () => {
  it('one stays alive, so that V8 keeps what it knows of their shape', async () => {
    const kept = ticksOf(keepTickShape);
    const others = ticksOf(() => process.nextTick(() => {}));
    expect([kept.length, others.length]).toEqual([1, 1]);
    await pause(1);
    collect();
    expect(others[0]?.deref()).toBeUndefined();
    expect(kept[0]?.deref()).toBeDefined();
  });
});
