import { Global, Module } from '@nestjs/common';
import { SettingsStore } from '#libs/config';
import { trustedAuthorities } from '#libs/network';
import { RedisConnection } from './redis-connection.js';

/** Provides {@link RedisConnection} to every module. Needs the global configuration module. */
@Global()
@Module({
  providers: [
    {
      provide: RedisConnection,
      inject: [SettingsStore],
      useFactory: ({ current }: SettingsStore) =>
        new RedisConnection(current.redisUrl, () => trustedAuthorities(current.network)),
    },
  ],
  exports: [RedisConnection],
})
export class RedisModule {}
