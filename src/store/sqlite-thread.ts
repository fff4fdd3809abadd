import { parentPort, workerData } from 'node:worker_threads';
import { SqliteDatabase } from './sqlite-database.js';

/** What the main thread asks, and what this one answers. */
export interface ThreadCall {
  readonly call: number;
  readonly method: 'open' | 'load' | 'changesAfter' | 'commit' | 'close';
  readonly parameters: readonly unknown[];
}
export type ThreadAnswer =
  | { readonly call: number; readonly result: unknown }
  | { readonly call: number; readonly problem: string };

/** The thread that waits for the disk, so that requests do not. */
let database: SqliteDatabase | undefined;

parentPort?.on('message', ({ call, method, parameters }: ThreadCall) => {
  try {
    database ??= new SqliteDatabase((workerData as { readonly folder: string }).folder);
    const run = database[method] as (...given: unknown[]) => unknown;
    parentPort?.postMessage({ call, result: run.apply(database, [...parameters]) } satisfies ThreadAnswer);
  } catch (error) {
    parentPort?.postMessage({ call, problem: (error as Error).message } satisfies ThreadAnswer);
  }
});
