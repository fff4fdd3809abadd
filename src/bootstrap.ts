import 'reflect-metadata';
import cluster from 'node:cluster';
import { setFlagsFromString } from 'node:v8';

// Patterns come from configurations, what they are matched against from strangers: one that backtracks too long goes on
// in V8's linear engine. Must be set before the first pattern is compiled.
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');

/**
 * Starts the gateway as the settings say: one process, or a supervisor with several workers. Ends the process with status 1,
 * and the reason, when it cannot.
 */
export async function bootstrap(): Promise<void> {
  try {
    // Loaded here, after the flag: what they import compiles patterns.
    const { settingsFrom } = await import('./config/settings.js');
    const { workerProcesses, logLevel, nodeId } = settingsFrom(process.env);
    if (workerProcesses > 1 && cluster.isPrimary) {
      const { Supervisor } = await import('./processes/supervisor.js');
      const { GatewayLog } = await import('./gateway-log.js');
      const log = new GatewayLog(logLevel);
      new Supervisor(workerProcesses, nodeId, (message) => log.error(message, 'supervisor')).run();
      return;
    }
    const { startGateway } = await import('./gateway.js');
    await startGateway();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
