import {
  MASTER_KEY_USER_ID,
  NO_TEAMS,
  Withdrawal,
  type AccessContext,
  type Principal,
  UNLIMITED,
} from '#libs/access';
import { settingsFromYaml, type DeploymentSettings } from '#libs/config';
import type { EndUserSnapshot } from '#libs/end-users';
import type { OrganizationSnapshot } from '#libs/orgs';
import type { TeamSnapshot } from '#libs/teams';
import type { UserSnapshot } from '#libs/users';

/** Issuer of the principals that {@link aPrincipal} builds. */
export const ISSUER = 'https://issuer.example';

/** A verified person of team `research`, without organisation, scopes or verified email address. */
export function aPrincipal(overrides: Partial<Principal> = {}): Principal {
  return {
    kind: 'jwt',
    issuer: ISSUER,
    subject: 'alice',
    userId: 'alice',
    email: 'alice@acme.example',
    emailVerified: null,
    teams: { ...NO_TEAMS, teamId: 'research', source: 'claim' },
    orgId: null,
    orgAlias: null,
    endUserId: null,
    agentId: null,
    scopes: [],
    roles: [],
    rbacRole: 'team',
    role: null,
    isAdmin: false,
    mayAdminister: true,
    clientIds: [],
    tokenId: null,
    sessionId: null,
    issuedAt: null,
    authenticatedAt: null,
    key: null,
    claims: {},
    ...overrides,
  };
}

/** The context of an admitted call of {@link aPrincipal}, who may use every model. */
export function anAccessContext(overrides: Partial<AccessContext> = {}): AccessContext {
  return {
    requestId: 'req_1',
    decisionId: 'dec_1',
    clientRequestId: null,
    principal: aPrincipal(),
    role: 'internal_user',
    storedRole: null,
    administeredOrganizations: [],
    attribution: {
      issuer: ISSUER,
      subject: 'alice',
      keyId: null,
      userId: 'alice',
      teamId: 'research',
      orgId: null,
      endUserId: null,
    },
    ownTags: [],
    tags: [],
    models: { mayUse: () => true },
    endUserModels: null,
    routeLimits: [],
    modelLimits: [],
    admission: { commit: () => Promise.resolve() },
    withdrawal: new Withdrawal(),
    ...overrides,
  };
}

/** The principal of the master key. */
export function theMasterKey(): Principal {
  return aPrincipal({
    kind: 'master_key',
    issuer: null,
    subject: null,
    userId: MASTER_KEY_USER_ID,
    email: null,
    teams: NO_TEAMS,
    rbacRole: 'proxy_admin',
    isAdmin: true,
  });
}

/** A team that may use every model. */
export function aTeam(overrides: Partial<TeamSnapshot> = {}): TeamSnapshot {
  return {
    teamId: 'research',
    alias: null,
    organizationId: null,
    models: [],
    passThroughRoutes: [],
    blocked: false,
    limits: UNLIMITED,
    tags: [],
    ...overrides,
  };
}

/** A user who may use every model and is not bound to an identity. */
export function aUser(overrides: Partial<UserSnapshot> = {}): UserSnapshot {
  return {
    userId: 'alice',
    email: null,
    role: null,
    roleSource: 'admin',
    syncedIssuedAt: null,
    models: [],
    blocked: false,
    limits: UNLIMITED,
    boundIssuer: null,
    boundSubject: null,
    ...overrides,
  };
}

/** An organisation that may use every model. */
export function anOrganization(
  overrides: Partial<OrganizationSnapshot> = {},
): OrganizationSnapshot {
  return { organizationId: 'acme', alias: 'Acme', models: [], limits: UNLIMITED, ...overrides };
}

/** An end user who is not blocked. */
export function anEndUser(overrides: Partial<EndUserSnapshot> = {}): EndUserSnapshot {
  return {
    endUserId: 'shopper',
    blocked: false,
    limits: UNLIMITED,
    models: null,
    ...overrides,
  };
}

/** A deployment of `gpt-4o` at OpenAI. */
export function aDeployment(overrides: Partial<DeploymentSettings> = {}): DeploymentSettings {
  return { ...deployment, ...overrides };
}

const settings = settingsFromYaml(
  `
model_list:
  - model_name: gpt-4o
    litellm_params: { model: openai/gpt-4o, api_key: secret }
general_settings: { enable_jwt_auth: true }`,
  { JWT_PUBLIC_KEY_URL: 'http://127.0.0.1:9/jwks' },
);
const deployment = firstOf(settings.deployments);

function firstOf(deployments: readonly DeploymentSettings[]): DeploymentSettings {
  const [first] = deployments;
  if (first === undefined) throw new Error('the configuration has no deployment');
  return first;
}
