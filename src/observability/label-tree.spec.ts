import { describe, expect, it } from '@jest/globals';
import { LabelTree } from './label-tree.js';

interface Count {
  value: number;
}

const treeOf = (names: string[], mostSeries?: number) => {
  let overflows = 0;
  const tree = new LabelTree<Count>(
    names,
    () => ({ value: 0 }),
    () => {
      overflows++;
    },
    mostSeries,
  );
  return {
    add: (...labels: string[]) => {
      tree.at(labels).value++;
    },
    snapshot: () => tree.snapshot(({ value }) => [value]),
    overflows: () => overflows,
  };
};

describe('The series of a metric', () => {
  it('are told apart by every label, and come sorted', async () => {
    const { add, snapshot } = treeOf(['a', 'b']);
    add('y', '1');
    add('x', '2');
    add('x', '1');
    add('x', '2');

    expect(await snapshot()).toEqual([
      ['a="x",b="1"', [1]],
      ['a="x",b="2"', [2]],
      ['a="y",b="1"', [1]],
    ]);
  });

  it('have the text format’s escapes in their labels', async () => {
    const { add, snapshot } = treeOf(['a']);
    add('say "hi" \\ \n');

    expect(await snapshot()).toEqual([['a="say \\"hi\\" \\\\ \\n"', [1]]]);
  });

  it('are as many as the bound allows; whatever comes after is counted together', async () => {
    const { add, snapshot, overflows } = treeOf(['a', 'b'], 2);
    add('1', 'x');
    add('2', 'x');
    expect(overflows()).toBe(0);
    add('3', 'x');
    add('1', 'y');
    add('2', 'x');

    expect(overflows()).toBe(2);
    expect(await snapshot()).toEqual([
      ['a="1",b="x"', [1]],
      ['a="2",b="x"', [2]],
      ['a="overflow",b="overflow"', [2]],
    ]);
  });

  it('have labels of bounded length', async () => {
    const { add, snapshot } = treeOf(['a']);
    add('m'.repeat(200));
    add('m'.repeat(201));

    expect(await snapshot()).toEqual([[`a="${'m'.repeat(200)}"`, [2]]]);
  });
});
