import { Module } from '@nestjs/common';
import { ConfigModule } from '../config/config.module.js';
import { Settings } from '../config/settings.js';
import { Resolver } from './resolver.js';
import { UpstreamClient } from './upstream-client.js';

/** How attempts reach the wire: names to addresses, addresses to connections. */
@Module({
  imports: [ConfigModule],
  providers: [
    {
      provide: UpstreamClient,
      inject: [Settings],
      useFactory: (settings: Settings) =>
        new UpstreamClient({
          size: settings.upstreamKeepalivePoolSize,
          idleTimeout: settings.upstreamKeepaliveIdleTimeout,
          maxRequests: settings.upstreamKeepaliveMaxRequests,
        }),
    },
    {
      provide: Resolver,
      inject: [Settings],
      useFactory: (settings: Settings) =>
        new Resolver({
          servers: settings.dnsResolver,
          order: settings.dnsOrder,
          hostsFile: settings.dnsHostsFile,
          validTtl: settings.dnsValidTtl,
          staleTtl: settings.dnsStaleTtl,
          notFoundTtl: settings.dnsNotFoundTtl,
          errorTtl: settings.dnsErrorTtl,
          cacheSize: settings.dnsCacheSize,
        }),
    },
  ],
  exports: [UpstreamClient, Resolver],
})
export class TransportModule {}
