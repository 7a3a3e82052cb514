import { section } from './section.js';
import { text, type TextRule } from './scalars.js';

/** Accepts `redis://[user[:password]@]host[:port][/database]`, and `rediss` for TLS. */
export const REDIS_ADDRESS_RULE: TextRule = (address) => {
  const url = URL.parse(address);
  const remedy =
    'Write redis://user:password@host:6379/0, or rediss for TLS; other characters than letters and digits of a password are percent-encoded.';
  if (url === null || !/^rediss?:$/.test(url.protocol) || url.hostname === '')
    return { message: 'is not the address of a Redis server', remedy };
  if (!/^(\/\d*)?$/.test(url.pathname))
    return { message: 'has a path that is not the number of a database', remedy };
  return url.search === '' && url.hash === '' ? null : { message: 'has a "?" or "#" part', remedy };
};

/** The address of `gatehouse.redis.url` and `REDIS_URL`. */
export const REDIS_ADDRESS = text(
  'Address of a Redis or Valkey server; REDIS_URL wins. Left out: none.',
  {
    rule: REDIS_ADDRESS_RULE,
  },
);

/** `gatehouse.redis`. */
export const REDIS_SECTION = section({
  summary: 'Where replicas share rate limits, in place of PostgreSQL.',
  fields: { url: REDIS_ADDRESS },
  unknownKeys: 'refuse',
});
