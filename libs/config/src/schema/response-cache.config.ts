import { CACHE_SCOPES } from '../model/response-cache.js';
import { ignoredKeys } from '../names/unsupported-keys.js';
import { list } from './collections.js';
import { REDIS_ADDRESS_RULE } from './redis.config.js';
import { credential, plainName } from './rules.js';
import { choice, flag, number, text, whole, type TextRule } from './scalars.js';
import { section } from './section.js';

const MEBIBYTE = 1024 * 1024;
const MAX_TTL_SECONDS = 31_536_000;
const MIN_KEY_LENGTH = 16;

/** LiteLLM's kinds of stores; the first two are built. */
const STORES = [
  'local',
  'redis',
  'redis-semantic',
  'valkey-semantic',
  'qdrant-semantic',
  's3',
  'gcs',
  'azure-blob',
  'disk',
] as const;

const ttl = (summary: string) =>
  number(summary, { min: 0, max: MAX_TTL_SECONDS, isAboveMin: true });

const keyRule: TextRule = (key) =>
  credential(key) ??
  (key.length >= MIN_KEY_LENGTH
    ? null
    : { message: 'is too short', remedy: `Write at least ${String(MIN_KEY_LENGTH)} characters.` });

const hostRule: TextRule = (host) =>
  /^(?:[\w.-]+|\[[\da-f:.]+\])$/i.test(host)
    ? null
    : { message: 'is not the name of a host', remedy: 'Write it without scheme and port.' };

const CACHE_PARAMS = section({
  summary: 'Where cached responses are kept, and for how long.',
  fields: {
    type: choice(
      'local keeps responses in the memory of each process, redis in Redis or Valkey. Left out: redis where there is an address of one, else local.',
      STORES,
      { differs: 'Other stores are not built: with one of them nothing is cached.' },
    ),
    url: text(
      'Address of the Redis server of the cache. Left out: host, else gatehouse.redis.url.',
      {
        rule: REDIS_ADDRESS_RULE,
      },
    ),
    host: text('Host of the Redis server of the cache.', { rule: hostRule }),
    port: whole('Its port.', { min: 1, max: 65_535, default: 6_379 }),
    username: text('User there.', { rule: credential }),
    password: text('Password there, best as os.environ/NAME.', { rule: credential }),
    db: whole('Number of the database there.', { min: 0, max: 1_000_000, default: 0 }),
    ssl: flag('Connects with TLS.', { default: false }),
    namespace: text('Beginning of every key.', { default: '', rule: plainName }),
    ttl: ttl('Seconds for which a response is kept. Left out: 600.'),
    default_in_memory_ttl: ttl('As ttl, for local; ttl wins.'),
    default_in_redis_ttl: ttl('As ttl, for redis; ttl wins.'),
    supported_call_types: list(
      'Operations that are cached, by LiteLLM’s names, for example acompletion. Left out: all that can be.',
      text('Name of an operation.', { rule: plainName }),
      { mayBeSingle: true },
    ),
    mode: choice(
      'default_off caches only what a request with cache: {"use-cache": true} asks for.',
      ['default_on', 'default_off'],
      { default: 'default_on' },
    ),
  },
  unknownKeys: 'warn',
  ignored: ignoredKeys([
    [
      'one connection is used',
      'max_connections redis_startup_nodes redis_flush_size socket_timeout service_name sentinel_nodes',
    ],
    [
      'only exact requests are cached',
      `similarity_threshold redis_semantic_cache_embedding_model qdrant_semantic_cache_embedding_model
      qdrant_api_base qdrant_api_key qdrant_collection_name qdrant_quantization_config`,
    ],
    [
      'these stores are not built',
      `s3_bucket_name s3_region_name s3_aws_access_key_id s3_aws_secret_access_key s3_endpoint_url s3_path
      gcs_bucket_name gcs_path_service_account gcs_path disk_cache_dir`,
    ],
  ]),
});

/** Keys of `litellm_settings` about cached responses. */
export const CACHE_KEYS = {
  cache: flag(
    'Answers a request that was answered before from the cache, at cost 0. A caller gets only responses to its own requests, unless gatehouse.cache.scope says otherwise.',
    { default: false, differs: 'The key has the organisation, the team and the user.' },
  ),
  cache_params: CACHE_PARAMS,
};

/** `gatehouse.cache`. */
export const CACHE_SECTION = section({
  summary: 'Who shares cached responses, and how much is kept.',
  fields: {
    scope: choice(
      'Callers that share a cached response: user (each user of a team has its own), team, organization, or gateway, where every caller that may use the model gets what another has asked for.',
      CACHE_SCOPES,
      { default: 'user' },
    ),
    max_entry_bytes: whole('Largest response that is kept, in bytes.', {
      min: 1024,
      max: 16 * MEBIBYTE,
      default: MEBIBYTE,
    }),
    max_memory_bytes: whole('Memory of all responses that a process keeps, with the store local.', {
      min: MEBIBYTE,
      max: 16_384 * MEBIBYTE,
      default: 64 * MEBIBYTE,
    }),
    encryption_key: text(
      'Encrypts responses in Redis (AES-256-GCM) by this secret, best as os.environ/NAME. Left out: they are written as they are.',
      { rule: keyRule },
    ),
  },
  unknownKeys: 'refuse',
});
