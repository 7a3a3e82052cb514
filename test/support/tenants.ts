import { Client } from './client.js';
import type { OpenIdProvider } from './openid-provider.js';

const TENANTS = 100;
/** The others call with virtual keys. */
const PEOPLE = 60;
const TEAMS = 10;
const ORGANIZATIONS = 4;

/** One identity: a person with a token, or a user with a virtual key. No two have the same user. */
export interface Tenant {
  readonly index: number;
  readonly user: string;
  readonly team: string;
  readonly org: string;
  readonly credential: string;
  /** The id of its virtual key; `null` for a token. */
  readonly keyId: string | null;
}

const numbered = (name: string, index: number): string =>
  `${name}-${String(index).padStart(3, '0')}`;
const teamOf = (index: number): string => numbered('team', index % TEAMS);
const orgOf = (index: number): string => numbered('org', (index % TEAMS) % ORGANIZATIONS);

/** The claims of a person by its account, for a provider: its team, and the organisation of that. */
export function claimsOfTenant(account: string): Readonly<Record<string, unknown>> {
  const index = Number(account.slice(-3));
  return { team: teamOf(index), org: orgOf(index), email: `${account}@acme.example` };
}

/** Lists of virtual keys, which are not those of their teams. */
type KeyRoutes = Readonly<
  Partial<Record<'allowed_routes' | 'allowed_passthrough_routes', readonly string[]>>
>;

/**
 * Makes 100 identities in ten teams of four organisations: 60 people who log in at a provider, and 40 virtual keys.
 * @param provider started with {@link claimsOfTenant}
 */
export async function makeTenants(
  url: string,
  provider: OpenIdProvider,
  keyRoutes: KeyRoutes = {},
): Promise<readonly Tenant[]> {
  const admin = Client.admin(url);
  const made = async (path: string, body: object): Promise<Record<string, string>> => {
    const { status, text } = await admin.post(path, body);
    if (status !== 200) throw new Error(`${path} ${JSON.stringify(body)}: ${text}`);
    return JSON.parse(text) as Record<string, string>;
  };
  for (let index = 0; index < ORGANIZATIONS; index += 1) {
    const organization_id = orgOf(index);
    await made('/organization/new', { organization_id, organization_alias: organization_id });
  }
  for (let index = 0; index < TEAMS; index += 1) {
    await made('/team/new', { team_id: teamOf(index), organization_id: orgOf(index) });
  }
  const tenants: Tenant[] = [];
  for (let index = 0; index < TENANTS; index += 1) {
    const [user, team, org] = [numbered('user', index), teamOf(index), orgOf(index)];
    if (index < PEOPLE) {
      const { access_token: credential } = await provider.authorizationCode(undefined, user);
      tenants.push({ index, user, team, org, credential, keyId: null });
    } else {
      await made('/user/new', { user_id: user, auto_create_key: false });
      const { key = '', token_id: keyId = '' } = await made('/key/generate', {
        user_id: user,
        team_id: team,
        ...keyRoutes,
      });
      tenants.push({ index, user, team, org, credential: key, keyId });
    }
  }
  return tenants;
}
