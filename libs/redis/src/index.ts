/*
 * redis: the one connection to Redis or Valkey, where one is configured.
 * Entry points: RedisModule, RedisConnection (run, generation, state), redisScript.
 * The content of Redis can be lost at any time: PostgreSQL holds what must not be.
 * Must never import: any library but common, config and network.
 */
export { RedisConnection, type RedisState } from './redis-connection.js';
export { RedisModule } from './redis.module.js';
export { redisScript } from './redis-script.js';
