/** Callers that share cached responses. `user`: each user of each team has its own. `gateway`: all callers share them. */
export const CACHE_SCOPES = ['user', 'team', 'organization', 'gateway'] as const;

/** Who shares a cached response. */
export type CacheScope = (typeof CACHE_SCOPES)[number];

/** How responses are cached. A restart is needed to change the store. */
export interface ResponseCacheSettings {
  /** Address of Redis or Valkey; `null` keeps responses in the memory of the process. Secret. */
  readonly redisUrl: string | null;
  /** Beginning of every key; empty for none. */
  readonly namespace: string;
  /** Seconds for which a response is kept, where the request does not say. Default 600. */
  readonly ttlSeconds: number;
  /** LiteLLM's names of the operations that are cached; `null` for all that can be. */
  readonly callTypes: readonly string[] | null;
  /** Whether only requests with `cache: {"use-cache": true}` are cached. Default false. */
  readonly isDefaultOff: boolean;
  /** Default `user`. */
  readonly scope: CacheScope;
  /** Larger responses are not kept. Default 1 MiB. */
  readonly maxEntryBytes: number;
  /** Memory of all responses that the process keeps. Default 64 MiB. */
  readonly maxMemoryBytes: number;
  /** Encrypts what is written to Redis; `null` writes it as it is. Secret. */
  readonly encryptionKey: string | null;
}
