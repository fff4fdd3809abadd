import { luaText } from '../lua-text.js';
import { isTrue, LuaTable, type LuaValue, SLOT_BYTES } from '../lua-value.js';
import { isLess } from '../operations.js';
import { libraryOf, type ManyValued } from './arguments.js';

export const unpack: ManyValued = (args, run) => {
  const table = args.table(1);
  const from = args.integer(2, 1);
  const to = args.integer(3, table.length());
  const count = to - from + 1;
  // LuaJIT's stack would hold no more; between two infinities there is no count at all.
  if (!(count <= 8000)) throw run.fault('too many results to unpack');
  run.step(Math.max(0, count));
  const values: LuaValue[] = [];
  // Not up to `to`: beyond 2^53 the number after an index is that index again.
  for (let each = 0; each < count; each++) values.push(table.get(from + each));
  return values;
};

export const TABLE_LIBRARY = libraryOf(
  {
    concat: (args, run) => {
      const table = args.table(1);
      const separator = args.at(2) === undefined ? '' : args.text(2);
      const from = args.integer(3, 1);
      const to = args.integer(4, table.length());
      const pieces: string[] = [];
      for (let index = from; index <= to; index++) {
        run.step();
        const value = table.get(index);
        if (typeof value !== 'string' && typeof value !== 'number') {
          throw run.fault(
            `invalid value (${value === undefined ? 'nil' : 'table'}) at index ${index} in table for 'concat'`,
          );
        }
        const piece = luaText(value);
        run.allocate(piece.length + separator.length);
        pieces.push(piece);
      }
      return pieces.join(separator);
    },
    getn: (args) => args.table(1).length(),
    insert: (args, run) => {
      const table = args.table(1);
      run.allocate(SLOT_BYTES);
      if (args.count < 2 || args.count > 3) throw run.fault(`wrong number of arguments to 'insert'`);
      if (args.count === 2) table.set(table.length() + 1, args.at(2));
      else {
        const position = args.integer(2);
        run.step(Math.max(0, table.length() - position));
        table.insert(position, args.at(3));
      }
      return undefined;
    },
    maxn: (args, run) => {
      let largest = 0;
      for (const [key] of args.table(1).entries()) {
        run.step();
        if (typeof key === 'number' && key > largest) largest = key;
      }
      return largest;
    },
    remove: (args, run) => {
      const table = args.table(1);
      const position = args.integer(2, table.length());
      // What stands after it has to move.
      run.step(Math.max(0, table.length() - position));
      return table.removeAt(position);
    },
    sort: (args, run) => {
      const { values } = args.table(1);
      const before = args.at(2) === undefined ? undefined : args.callable(2);
      const isBefore = before
        ? (one: LuaValue, other: LuaValue) => isTrue(before([one, other], run)[0])
        : (one: LuaValue, other: LuaValue) => isLess(one, other, run.place);
      values.sort((one, other) => {
        run.step();
        return isBefore(one, other) ? -1 : isBefore(other, one) ? 1 : 0;
      });
      return undefined;
    },
    pack: (args) => {
      const table = new LuaTable();
      for (let position = 1; position <= args.count; position++) table.set(position, args.at(position));
      table.set('n', args.count);
      return table;
    },
  },
  { unpack },
);
