import type { IssuerSettings } from '#libs/config';
import type { TokenProblem } from '../failures/token-error.js';
import { issuerKeysOf } from './issuer-keys.js';
import { CONFIG_KEYS } from '../failures/config-keys.js';

/** A part in which two issuers differ. */
export type IssuerPart = 'scheme' | 'host' | 'port' | 'path' | 'query' | 'letter case' | 'slash';

/** The problem with an issuer, and what would let the next token through. */
export interface IssuerProblem extends TokenProblem {
  /** `null` where the problem tells no remedy. */
  readonly remedy: string | null;
}

/** An issuer of the configuration and the parts in which that of a token differs from it. */
interface Candidate {
  readonly entry: IssuerSettings;
  readonly parts: readonly IssuerPart[];
}

interface Address {
  readonly scheme: string;
  readonly host: string;
  readonly port: string;
  readonly path: string;
  readonly query: string;
}

const ADDRESS =
  /^(?<scheme>[a-z][a-z0-9+.-]*):\/\/(?<host>\[[^\]]*\]|[^/?#:]*)(?::(?<port>\d*))?(?<path>[^?#]*)(?<query>.*)$/is;
/** Parts as sentences name them. */
const WORDS: Readonly<Record<IssuerPart, string>> = {
  scheme: 'scheme',
  host: 'host',
  port: 'port',
  path: 'path',
  query: 'query',
  'letter case': 'letter case',
  slash: 'slash at the end',
};
/** Parts of the address that the provider believes to have. */
const PUBLIC_PARTS: ReadonlySet<IssuerPart> = new Set(['scheme', 'host', 'port']);
const ENTRA =
  /^https:\/\/(?:sts\.windows\.net\/(?<first>[^/]+)\/|login\.microsoftonline\.com\/(?<second>[^/]+)\/v2\.0)$/;

/**
 * Returns the parts in which two issuers differ, in the order of an address; empty for equal ones. An issuer without a
 * scheme is compared as if it had the other's.
 * @param configured the issuer that is trusted
 * @param stated the issuer that a token states
 * @returns `null` where one of them is not an address, so that parts cannot be compared
 */
export function issuerDifference(configured: string, stated: string): readonly IssuerPart[] | null {
  if (configured === stated) return [];
  const wanted = addressOf(configured);
  const found = addressOf(stated);
  if (wanted === null && found === null) return null;
  if (wanted === null) return withoutScheme(found, `${found?.scheme ?? ''}://${configured}`);
  if (found === null) return withoutScheme(wanted, `${wanted.scheme}://${stated}`);
  return differenceOf(wanted, found);
}

/**
 * Returns what is wrong with an issuer that no entry is for: the parts in which it differs from the configured one that
 * is nearest. Names no part of its value, so that traces and logs may hold it.
 * @param fallbackKey path of the setting to name where no entry is near
 */
export function issuerProblem(
  iss: unknown,
  entries: readonly IssuerSettings[],
  fallbackKey: string | null,
): IssuerProblem {
  if (typeof iss !== 'string' || iss === '') return illegible(iss, entries, fallbackKey);
  const named = entries.filter(({ issuer }) => issuer !== null);
  const nearest = nearestOf(iss, named);
  const [first, second] = nearest;
  if (first === undefined) return distant(iss, named, fallbackKey);
  const parts = sentenceOf(first.parts);
  const key = second === undefined ? issuerKeysOf(first.entry).issuer : fallbackKey;
  const which = second === undefined ? 'the configured one' : 'several configured ones';
  return {
    problem: `the issuer of the token differs from ${which} in its ${parts}${slashNote(first, iss)}`,
    configKey: key,
    remedy: remedyOf(first.parts, key ?? CONFIG_KEYS.issuers),
  };
}

function addressOf(text: string): Address | null {
  const groups = ADDRESS.exec(text)?.groups;
  if (groups === undefined) return null;
  const { scheme = '', host = '', port = '', path = '', query = '' } = groups;
  return { scheme, host, port, path, query };
}

/** Google signs with and without the scheme; other providers are configured without it by mistake. */
function withoutScheme(other: Address | null, completed: string): readonly IssuerPart[] | null {
  const address = addressOf(completed);
  if (other === null || address === null) return null;
  const parts = differenceOf(other, address);
  return parts.every((part) => part === 'slash') ? ['scheme', ...parts] : null;
}

function differenceOf(wanted: Address, found: Address): readonly IssuerPart[] {
  const names = ['scheme', 'host', 'port', 'path', 'query'] as const;
  const parts = names.flatMap((name) => partOf(name, wanted[name], found[name]));
  return [...new Set(parts)];
}

function partOf(name: keyof Address, wanted: string, found: string): readonly IssuerPart[] {
  if (wanted === found) return [];
  if (wanted.toLowerCase() === found.toLowerCase()) return ['letter case'];
  if (name !== 'path') return [name];
  return trimmed(wanted) === trimmed(found) ? ['slash'] : ['path'];
}

function trimmed(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

function nearestOf(iss: string, entries: readonly IssuerSettings[]): readonly Candidate[] {
  const near = entries.flatMap((entry): Candidate[] => {
    const parts = issuerDifference(entry.issuer ?? '', iss);
    return parts !== null && isNear(entry.issuer ?? '', parts, entries.length)
      ? [{ entry, parts }]
      : [];
  });
  const fewest = Math.min(...near.map(({ parts }) => parts.length));
  return near.filter(({ parts }) => parts.length === fewest);
}

/** Of another host, only an address with the same path is the same provider, or the only one that there is. */
function isNear(issuer: string, parts: readonly IssuerPart[], entries: number): boolean {
  if (!parts.includes('host')) return true;
  if (parts.includes('path')) return false;
  const hasPath = trimmed(addressOf(issuer)?.path ?? '') !== '';
  return hasPath || (entries === 1 && parts.length === 1);
}

function sentenceOf(parts: readonly IssuerPart[]): string {
  const words = parts.map((part) => WORDS[part]);
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}

function slashNote({ parts }: Candidate, iss: string): string {
  if (!parts.includes('slash')) return '';
  return iss.endsWith('/') ? ', which only the token has' : ', which the token lacks';
}

function remedyOf(parts: readonly IssuerPart[], key: string): string {
  if (parts.some((part) => PUBLIC_PARTS.has(part))) {
    return `have the provider state its public address as issuer (Keycloak: \`hostname\`, behind a proxy \`proxy-headers\`), or write \`${key}\` letter for letter as its discovery document states \`issuer\``;
  }
  if (parts.includes('path')) {
    return `get the token from the realm or tenant that \`${key}\` names, or add the issuer of the token to \`gatehouse.issuers\``;
  }
  return `write \`${key}\` letter for letter as the provider's discovery document states \`issuer\``;
}

function illegible(
  iss: unknown,
  entries: readonly IssuerSettings[],
  configKey: string | null,
): IssuerProblem {
  const isAbsent = iss === undefined || iss === null || iss === '';
  if (isAbsent && entries.some(({ preset }) => preset === 'spiffe')) {
    const problem =
      'the token has no issuer, and no configured trust domain is that of its subject';
    return {
      problem,
      configKey,
      remedy: 'add the trust domain of the subject to `gatehouse.issuers`',
    };
  }
  return {
    problem: isAbsent ? 'the token has no issuer' : 'the issuer of the token is not a string',
    configKey,
    remedy: 'have the provider put `iss` into the token, as one string',
  };
}

function distant(
  iss: string,
  entries: readonly IssuerSettings[],
  configKey: string | null,
): IssuerProblem {
  const entra = entraProblem(iss, entries);
  if (entra !== null) return entra;
  const problem = 'no configured issuer is the issuer of the token';
  return { problem, configKey, remedy: null };
}

/** Entra ID has one issuer for each version of its access tokens, which differ in everything but the tenant. */
function entraProblem(iss: string, entries: readonly IssuerSettings[]): IssuerProblem | null {
  const found = entraIssuer(iss);
  if (found === null) return null;
  const entry = entries.find(({ issuer }) => entraIssuer(issuer ?? '')?.tenant === found.tenant);
  if (entry === undefined) return null;
  const wanted = found.version === '1' ? '2' : '1';
  return {
    problem: `the token is of version ${found.version}.0 of Entra ID and the configured issuer of version ${wanted}.0`,
    configKey: issuerKeysOf(entry).issuer,
    remedy: `use the preset \`entra\`, which accepts both versions, or set \`requestedAccessTokenVersion\` of the application to ${wanted}`,
  };
}

function entraIssuer(issuer: string): { readonly version: string; readonly tenant: string } | null {
  const groups = ENTRA.exec(issuer)?.groups;
  if (groups === undefined) return null;
  const { first, second } = groups;
  return first === undefined
    ? { version: '2', tenant: second ?? '' }
    : { version: '1', tenant: first };
}
