import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { SettingsStore } from '#libs/config';
import { documentAddress } from '../provider/document-address.js';
import { DocumentFetcher, type FetchLimits } from '../provider/document-fetcher.js';
import { readProviderDocument, refuseForeignDiscovery } from './oidc-discovery.js';
import { admitKeys, type KeyAdmission } from './key-admission.js';
import { providerProblem } from '../failures/provider-error.js';

/** One place where an issuer publishes its keys. */
export interface KeyAddress {
  /** Configured address of a key set or discovery document. */
  readonly url: string;
  /** The issuer that a discovery document there must speak for; `null` when none is configured. */
  readonly issuer: string | null;
}

/** Published keys, evaluated. */
export interface LoadedKeys extends KeyAdmission {
  /** The difference between discovery document and configuration; `null` if there is none. */
  readonly notice: string | null;
}

/** The result of reading a discovery document. */
interface Discovery {
  readonly jwksUri: string;
  readonly notice: string | null;
}

/** More than any configuration names. */
const MAX_DISCOVERIES = 1_000;

/**
 * Loads and validates keys from an address: fetches it, follows a discovery document once, admits
 * the keys. The discovery result is cached for `public_key_ttl` and dropped as soon as the keys
 * that it names cannot be fetched.
 */
@Injectable()
export class KeySetLoader {
  /** By configured address and issuer. */
  private readonly discoveries = new LRUCache<string, Discovery>({ max: MAX_DISCOVERIES });

  constructor(
    private readonly settings: SettingsStore,
    private readonly fetcher: DocumentFetcher,
  ) {}

  /**
   * Returns the keys that are published now. One time limit applies to all documents together.
   * @throws GatehouseError `auth_provider_unavailable` if no key set can be loaded
   */
  async load(address: KeyAddress, end: AbortSignal): Promise<LoadedKeys> {
    const { timeoutMs, maxBytes } = this.settings.current.jwt.jwks;
    const limits = { maxBytes, signal: AbortSignal.any([end, AbortSignal.timeout(timeoutMs)]) };
    const url = this.allowed(address.url, null);
    const remembered = this.discoveries.get(cacheKey(address));
    if (remembered !== undefined) return this.loadNamed(address, remembered, limits);
    const document = readProviderDocument(await this.fetcher.fetch(url, limits), url);
    if (document.kind === 'keys') return { ...usableKeys(document.entries), notice: null };
    const notice = refuseForeignDiscovery(document.issuer, address.issuer);
    return this.loadNamed(address, { jwksUri: document.jwksUri, notice }, limits);
  }

  private async loadNamed(
    address: KeyAddress,
    discovery: Discovery,
    limits: FetchLimits,
  ): Promise<LoadedKeys> {
    const key = cacheKey(address);
    try {
      const url = this.allowed(discovery.jwksUri, new URL(address.url));
      const document = readProviderDocument(await this.fetcher.fetch(url, limits), url);
      if (document.kind !== 'keys') throw providerProblem('its jwks_uri leads to no key set');
      const ttlMs = this.settings.current.jwt.publicKeyTtlSeconds * 1000;
      if (ttlMs > 0) this.discoveries.set(key, discovery, { ttl: ttlMs });
      return { ...usableKeys(document.entries), notice: discovery.notice };
    } catch (error) {
      this.discoveries.delete(key);
      throw error;
    }
  }

  private allowed(text: string, namedBy: URL | null): URL {
    return documentAddress(text, { allowHttp: this.settings.current.jwt.jwks.allowHttp, namedBy });
  }
}

/**
 * Returns keys of which at least one can verify a token. An empty list is a statement of the issuer
 * that it has no keys. A list without a usable entry is a defect, which must not replace keys that
 * work.
 */
function usableKeys(entries: readonly unknown[]): KeyAdmission {
  const admission = admitKeys(entries);
  if (entries.length === 0 || admission.keys.length > 0) return admission;
  const [first] = admission.refusals;
  const reason =
    first === undefined
      ? 'they are for encryption'
      : `key ${String(first.index)}: ${first.problem}`;
  throw providerProblem(`none of its published keys can be used; ${reason}`);
}

function cacheKey(address: KeyAddress): string {
  return `${address.issuer ?? ''} ${address.url}`;
}
