import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { LogRecord } from '../../src/pdk/log-record.js';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';

/** A declarative configuration: the text of a file, or what such a file says. */
export type Declaration = string | object;

/** Where the files of a gateway under test are, for configurations that name them. */
export interface GatewayFiles {
  readonly fileLog: string;
}

export interface GatewayOptions {
  /** Environment of the gateway beside what it needs to run. Nothing of the test's own environment is passed on. */
  readonly env?: Readonly<Record<string, string>>;
  /** What answers 200 once the gateway stands; `/status` for one that starts without a configuration. */
  readonly readyPath?: '/status/ready' | '/status';
  /** Another program that starts the built gateway, from the project's root. */
  readonly main?: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const START_PATIENCE_MS = 30_000;

/** Ends that are a fault of the program, whatever the test expected. */
const CRASHES: readonly unknown[] = ['SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGSEGV', 'SIGTRAP'];

/**
 * Starts the built gateway as a process of its own, on free ports, with a declarative file in a folder of its own, and
 * answers once it is ready. `npm test` builds first. A gateway that does not come up fails with what it printed.
 */
export async function startGateway(
  declaration: Declaration | ((files: GatewayFiles) => Declaration),
  { env = {}, readyPath = '/status/ready', main = 'dist/main.js' }: GatewayOptions = {},
): Promise<Gateway> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  const [proxy, secure, admin, status] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const fileLog = join(folder, 'file.json');
  const declarationFile = join(folder, 'kong.yaml');
  writeFileSync(declarationFile, textOf(typeof declaration === 'function' ? declaration({ fileLog }) : declaration));

  const output = openSync(join(folder, 'output.log'), 'w');
  const child = spawn(process.execPath, ['--enable-source-maps', resolve(main)], {
    stdio: ['ignore', output, output],
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      KONG_DECLARATIVE_CONFIG: declarationFile,
      KONG_PROXY_LISTEN: `127.0.0.1:${proxy}, 127.0.0.1:${secure} http2 ssl`,
      KONG_ADMIN_LISTEN: `127.0.0.1:${admin}`,
      KONG_STATUS_LISTEN: `127.0.0.1:${status}`,
      KONG_LOG_LEVEL: 'info',
      ...env,
    },
  });
  const gateway = new Gateway(child, folder, { proxy, secure, admin, status });
  try {
    await gateway.untilReady(readyPath);
  } catch (error) {
    await gateway.kill();
    throw error;
  }
  return gateway;
}

/** A running gateway. */
export class Gateway {
  readonly proxy: string;
  readonly admin: string;
  readonly status: string;
  readonly proxyPort: number;
  /** Where it speaks TLS, and HTTP/2 beside HTTP/1.1. */
  readonly securePort: number;
  readonly fileLog: string;
  readonly declarationFile: string;
  /** Settled when the process is gone. */
  readonly exited: Promise<Exit>;
  private gone: Exit | undefined;
  private readonly endWithTheTest = () => this.child.kill('SIGKILL');

  constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    ports: { readonly proxy: number; readonly secure: number; readonly admin: number; readonly status: number },
  ) {
    this.proxy = `http://127.0.0.1:${ports.proxy}`;
    this.admin = `http://127.0.0.1:${ports.admin}`;
    this.status = `http://127.0.0.1:${ports.status}`;
    this.proxyPort = ports.proxy;
    this.securePort = ports.secure;
    this.fileLog = join(folder, 'file.json');
    this.declarationFile = join(folder, 'kong.yaml');
    process.once('exit', this.endWithTheTest);
    this.exited = once(child, 'exit').then(([code, signal]) => {
      process.off('exit', this.endWithTheTest);
      this.gone = { code, signal };
      return this.gone;
    });
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** Everything the process printed so far. */
  log(): string {
    return readFileSync(join(this.folder, 'output.log'), 'utf8');
  }

  /** The complete lines of file-log so far. */
  logLines(): LogRecord[] {
    const text = readIfThere(this.fileLog);
    return text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LogRecord);
  }

  /** The first log line that fits, waiting for it: a line is written after the client has its last byte. */
  logLine(fits: (line: LogRecord) => boolean = () => true, patienceMs?: number): Promise<LogRecord> {
    return eventually('a log line that fits', () => this.logLines().find(fits), patienceMs);
  }

  /** The log lines so far once there are at least so many. */
  atLeastLogLines(count: number, patienceMs?: number): Promise<LogRecord[]> {
    const enough = () => {
      const lines = this.logLines();
      return lines.length >= count ? lines : undefined;
    };
    return eventually(`${count} log lines`, enough, patienceMs);
  }

  async metrics(): Promise<string> {
    return (await fetch(`${this.status}/metrics`)).text();
  }

  /** Resident memory of the process in bytes. */
  residentBytes(): number {
    const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'));
    return Number(line?.[1]) * 1024;
  }

  /** Writes another declarative file in the place of the one it was started with. Tells the gateway nothing. */
  rewrite(declaration: Declaration): void {
    writeFileSync(this.declarationFile, textOf(declaration));
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Asks it to end (SIGTERM) and waits until it has. */
  async stop(): Promise<Exit> {
    this.signal('SIGTERM');
    return this.end();
  }

  /** Ends it without asking. */
  async kill(): Promise<Exit> {
    this.signal('SIGKILL');
    return this.end();
  }

  async untilReady(path: string): Promise<void> {
    await eventually(
      'the gateway to be ready',
      async () => {
        if (this.gone) throw new Error(`the gateway ended with ${JSON.stringify(this.gone)}:\n${this.log()}`);
        const response = await fetch(`${this.status}${path}`).catch(() => undefined);
        return response?.ok ? true : undefined;
      },
      START_PATIENCE_MS,
    ).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.log()}`);
    });
  }

  private async end(): Promise<Exit> {
    const exit = await this.exited;
    if (CRASHES.includes(exit.signal)) throw new Error(`the gateway crashed with ${exit.signal}:\n${this.log()}`);
    rmSync(this.folder, { recursive: true, force: true });
    return exit;
  }
}

function textOf(declaration: Declaration): string {
  return typeof declaration === 'string' ? declaration : JSON.stringify(declaration);
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
