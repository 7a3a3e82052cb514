import { compareDiscoveryIssuer } from './discovery-issuer.js';
import { providerProblem } from '../failures/provider-error.js';

/** What a provider's document turned out to be. */
export type ProviderDocument =
  | { readonly kind: 'keys'; readonly entries: readonly unknown[] }
  | { readonly kind: 'discovery'; readonly jwksUri: string; readonly issuer: unknown };

const DISCOVERY_PATH = '/.well-known/openid-configuration';

/**
 * Tells a key set from a discovery document by its shape, so that either may stand at either
 * address; only a document with both shapes is evaluated by whether the path ends with the well-known
 * suffix. A bare list of keys is accepted as LiteLLM does.
 * @param url where it came from
 * @throws GatehouseError `auth_provider_unavailable` when it is neither
 */
export function readProviderDocument(document: unknown, url: URL): ProviderDocument {
  if (isListOfKeys(document)) return { kind: 'keys', entries: document };
  if (typeof document !== 'object' || document === null) throw neither();
  const { keys, jwks_uri: jwksUri, issuer } = document as Readonly<Record<string, unknown>>;
  const hasKeys = Array.isArray(keys);
  if (typeof jwksUri === 'string' && (!hasKeys || url.pathname.endsWith(DISCOVERY_PATH))) {
    return { kind: 'discovery', jwksUri, issuer };
  }
  if (hasKeys) return { kind: 'keys', entries: keys };
  throw neither();
}

/**
 * Refuses a discovery document that speaks for another issuer, as {@link compareDiscoveryIssuer} tells. Returns what
 * differs where the configured issuer wins, and `null` where nothing does.
 * @param named the document's `issuer`
 * @throws GatehouseError `auth_provider_unavailable`
 */
export function refuseForeignDiscovery(named: unknown, expected: string | null): string | null {
  const result = compareDiscoveryIssuer(named, expected);
  if (result.kind === 'refused') throw providerProblem(result.problem);
  return result.kind === 'accepted' ? result.notice : null;
}

function isListOfKeys(document: unknown): document is readonly unknown[] {
  if (!Array.isArray(document) || document.length === 0) return false;
  return document.every((entry) => typeof entry === 'object' && entry !== null && 'kty' in entry);
}

function neither(): Error {
  return providerProblem('its answer is neither a key set nor a discovery document');
}
