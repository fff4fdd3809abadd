import { LibraryTable } from './host-value.js';
import { BASE_LIBRARY } from './library/base-library.js';
import { MATH_LIBRARY } from './library/math-library.js';
import { OS_LIBRARY } from './library/os-library.js';
import { STRING_LIBRARY } from './library/string-library.js';
import { TABLE_LIBRARY } from './library/table-library.js';
import { LuaTable, type LuaValue } from './lua-value.js';

/** Everything the sandbox lets a program use: no files, no network, no processes, no loading of code, no metatables. */
export const SANDBOX_LIBRARY: ReadonlyMap<string, LuaValue> = new Map<string, LuaValue>([
  ...BASE_LIBRARY,
  ['math', new LibraryTable('math', MATH_LIBRARY)],
  ['os', new LibraryTable('os', OS_LIBRARY)],
  ['string', new LibraryTable('string', STRING_LIBRARY)],
  ['table', new LibraryTable('table', TABLE_LIBRARY)],
]);

/**
 * The globals of one run: what the program sets itself, then what the caller shows it, then a library. One object per
 * run, made cheaply: the caller's values are converted when they are looked at.
 */
export class Globals extends LuaTable {
  constructor(private readonly library: ReadonlyMap<string, LuaValue> = SANDBOX_LIBRARY) {
    super();
  }

  override get(key: LuaValue): LuaValue {
    const own = super.get(key);
    if (own !== undefined || typeof key !== 'string') return own;
    if (key === '_G') return this;
    const shown = this.shown(key);
    if (shown === undefined) return this.library.get(key);
    super.set(key, shown);
    return shown;
  }

  /** What the caller shows under that name. Asked once per name. */
  protected shown(_name: string): LuaValue {
    return undefined;
  }
}
