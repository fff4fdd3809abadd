import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { adminAdapter } from './admin/admin-adapter.js';
import { ConfigurationBroadcast } from './admin/configuration-broadcast.js';
import { LogVerbosity } from './admin/log-verbosity.js';
import { NodeServer } from './admin/node-server.js';
import { AppModule } from './app.module.js';
import { ConfigStore } from './config/config-store.js';
import { Settings, settingsFrom, unknownSettings } from './config/settings.js';
import { GatewayLog } from './gateway-log.js';
import { greeting } from './greeting.js';
import { settleHeap } from './proxy/garbage.js';
import { ProxyServer } from './proxy/proxy-server.js';
import { EntityWriter } from './store/entity-writer.js';

export interface GatewayOptions {
  /** See AppOptions. */
  readonly extensionFolders?: readonly string[];
}

/** One gateway process: wired, its configuration loaded, its listeners open. Rejects with what to do when it cannot start. */
export async function startGateway({ extensionFolders = [] }: GatewayOptions = {}): Promise<NestFastifyApplication> {
  const settings = settingsFrom(process.env);
  const log = new GatewayLog(settings.logLevel);
  for (const warning of unknownSettings(process.env)) log.warn(warning, 'settings');

  const adapter = adminAdapter(settings);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.register({ extensionFolders }), adapter, {
    logger: log,
    bodyParser: false,
    abortOnError: false,
  });
  app.get(LogVerbosity).govern(log);
  const nodeServer = app.get(NodeServer);
  const router = app.getHttpAdapter().getInstance() as FastifyInstance;
  nodeServer.prepare(router);
  // Named, because none named means all, and SIGHUP asks for a reload.
  app.enableShutdownHooks(['SIGTERM', 'SIGINT', 'SIGQUIT'], { useProcessExit: true });
  await app.init();

  await app.get(EntityWriter).start();
  await app.get(ConfigurationBroadcast).catchUp();
  settleHeap();
  const proxy = await app.get(ProxyServer).listen();
  const { admin, status } = await nodeServer.listen();
  process.stdout.write(greeting({ proxy, admin, status }, app.get(Settings), app.get(ConfigStore).snapshot()));
  return app;
}
