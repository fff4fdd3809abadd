import 'reflect-metadata';
import { setFlagsFromString } from 'node:v8';

// Patterns come from configurations, what they are matched against from strangers: one that backtracks too long goes on
// in V8's linear engine. Must be set before the first pattern is compiled.
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');

/** Starts the gateway as the settings say. Ends the process with status 1, and the reason, when it cannot. */
export async function bootstrap(): Promise<void> {
  const { startGateway } = await import('./gateway.js');
  try {
    await startGateway();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
