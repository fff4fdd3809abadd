import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module.js';
import { ConfigurationLoader } from '../config/configuration-loader.js';

/**
 * Lends a gateway that knows every plugin and listens to nothing, to ask it what it would make of configurations. Its own
 * settings count: which plugins are enabled, which router flavor is in use.
 */
export async function withOfflineGateway<T>(use: (loader: ConfigurationLoader) => Promise<T>): Promise<T> {
  const app = await NestFactory.createApplicationContext(AppModule.register({ extensionFolders: [] }), {
    logger: ['error'],
    abortOnError: false,
  });
  try {
    return await use(app.get(ConfigurationLoader));
  } finally {
    await app.close();
  }
}
