import { issuerDifference } from './issuer-difference.js';

/** What the issuer of a discovery document means beside the configured one. */
export type DiscoveryComparison =
  | { readonly kind: 'same' }
  /** The configured issuer wins; the text says what differs. */
  | { readonly kind: 'accepted'; readonly notice: string }
  | { readonly kind: 'refused'; readonly problem: string };

/** Microsoft's issuers of one cloud: versions 1 and 2 of one tenant are named by different hosts. */
const CLOUDS: readonly ReadonlySet<string>[] = [
  new Set(['login.microsoftonline.com', 'login.windows.net', 'sts.windows.net']),
  new Set(['login.microsoftonline.us', 'sts.windows.net']),
  new Set(['login.partner.microsoftonline.cn', 'login.chinacloudapi.cn', 'sts.chinacloudapi.cn']),
];

const VERSION = /^v\d{1,2}(\.\d{1,2})?$/;
/** `URL` encodes the braces of a placeholder. */
const PLACEHOLDER = /^(\{|%7B)[A-Za-z_]{1,32}(\}|%7D)$/;
const MAX_SHOWN = 200;

/**
 * Compares the issuer that a discovery document names with the configured one. OIDC Discovery
 * section 4.3 requires them to be equal, so that a client which *learns* its issuer from the
 * document is not led to a foreign one. Here the operator configured both the address and the
 * issuer; the document gives only the address of the keys, and every token must name the configured
 * issuer exactly. The remaining risk is a wrong address: the keys of another tenant would verify
 * tokens that name the configured issuer. So the configured issuer wins only if both strings name
 * the same tenant of the same host, and differ in scheme, closing slash, version segment (`/v2.0`),
 * one of Microsoft's names of its cloud, or a placeholder (`{tenantid}`: such keys are those of
 * every tenant). Another host, port or path is refused, with a message that names the difference.
 * @param named the document's `issuer`
 * @param expected the configured issuer; `null` if none is configured, so that nothing can be
 *   compared
 */
export function compareDiscoveryIssuer(
  named: unknown,
  expected: string | null,
): DiscoveryComparison {
  if (named === undefined || expected === null || named === expected) return { kind: 'same' };
  if (typeof named !== 'string' || !URL.canParse(named)) {
    return refused('names an issuer that is not a URL');
  }
  const shown = shownIssuer(named);
  if (!URL.canParse(expected)) return refused(`names the issuer ${shown}`);
  const [theirs, ours] = [new URL(named), new URL(expected)];
  if (!isSameHost(theirs, ours))
    return refused(`names the issuer ${shown}, at another host or port`);
  if (!isSameTenant(theirs, ours)) {
    return refused(`names the issuer ${shown}, which has another path`);
  }
  const notice =
    `its discovery document names the issuer ${shown}, the configured issuer differs in ` +
    `${differences(theirs, ours).join(' and ')}; tokens must name the configured issuer`;
  return { kind: 'accepted', notice };
}

function refused(what: string): DiscoveryComparison {
  const remedy =
    'configure that issuer if its tokens are meant, or the address of the key set in place of the discovery document';
  return { kind: 'refused', problem: `its discovery document ${what}; ${remedy}` };
}

/** Without user information and query, and short: it was written by the provider. */
function shownIssuer(named: string): string {
  const { protocol, host, pathname } = new URL(named);
  const path = pathname.replaceAll('%7B', '{').replaceAll('%7D', '}');
  return `${protocol}//${host}${path}`.slice(0, MAX_SHOWN);
}

function isSameHost(one: URL, other: URL): boolean {
  if (one.host === other.host && one.host !== '') return true;
  return CLOUDS.some((cloud) => cloud.has(one.host) && cloud.has(other.host));
}

function isSameTenant(named: URL, configured: URL): boolean {
  const theirs = tenantPath(named);
  const ours = tenantPath(configured);
  if (theirs.length !== ours.length) return false;
  return theirs.every((segment, place) => segment === ours[place] || PLACEHOLDER.test(segment));
}

function tenantPath({ pathname }: URL): readonly string[] {
  const segments = segmentsOf(pathname);
  return VERSION.test(segments.at(-1) ?? '') ? segments.slice(0, -1) : segments;
}

function segmentsOf(pathname: string): readonly string[] {
  return pathname.replace(/\/$/, '').split('/').slice(1);
}

/** The parts of an address by the same comparison as for tokens; tenant and version are segments of the path. */
function differences(named: URL, configured: URL): readonly string[] {
  const theirs = segmentsOf(named.pathname);
  const ours = segmentsOf(configured.pathname);
  const parts = issuerDifference(configured.href, named.href) ?? [];
  const found = [
    parts.includes('scheme') ? 'the scheme' : null,
    parts.includes('host') ? 'the host' : null,
    theirs.some((segment) => PLACEHOLDER.test(segment)) ? 'the tenant' : null,
    isVersioned(theirs, ours) ? 'the version' : null,
    parts.includes('slash') ? 'the closing slash' : null,
    parts.includes('query') ? 'the query' : null,
  ].filter((part) => part !== null);
  return found.length === 0 ? ['its spelling'] : found;
}

/** Tells whether the version segments differ. */
function isVersioned(theirs: readonly string[], ours: readonly string[]): boolean {
  const [one = '', other = ''] = [theirs.at(-1), ours.at(-1)];
  return one !== other && (VERSION.test(one) || VERSION.test(other));
}
