import { createHash } from 'node:crypto';

/** A Lua script, with the digest by which a server that knows it runs it. */
export interface RedisScript {
  readonly source: string;
  readonly sha1: string;
}

/** Returns a script that runs as one atomic step. */
export function redisScript(source: string): RedisScript {
  return { source, sha1: createHash('sha1').update(source).digest('hex') };
}
