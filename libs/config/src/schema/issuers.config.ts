import type { z } from 'zod';
import { ISSUER_PRESETS } from '../model/jwt-settings.js';
import { claimField, switchableClaimField } from './claim-field.config.js';
import { list, recordOf } from './collections.js';
import { keyOf, required, type Key } from './key.js';
import {
  claimPath,
  credential,
  httpAddress,
  plainName,
  principalTemplate,
  signatureAlgorithm,
  tokenType,
} from './rules.js';
import { choice, flag, text, type TextRule } from './scalars.js';
import { section } from './section.js';

const MAX_KEY_TEXT = 65_536;

const keyText: TextRule = (value) =>
  value.length <= MAX_KEY_TEXT && !value.includes('\0')
    ? null
    : { message: 'is too long for a key', remedy: 'Write one key or certificate in PEM form.' };

const issuer = text('What iss must be, exactly.', { rule: credential });

const keyAddresses = list(
  'Key-set or discovery addresses, one or a list. Left out: the discovery document of the issuer.',
  text('Address.', { rule: httpAddress }),
  { mayBeSingle: true, notEmpty: 'so that no key could be had' },
);

const audiences = list(
  'Accepted audiences, one or a list; one hit suffices.',
  text('Audience, exactly as in aud.', { rule: credential }),
  { mayBeSingle: true, notEmpty: 'which no token could have' },
);

const unchecked = flag('Accepts tokens of every audience; used in place of audience.', {
  default: false,
});

/** `litellm_jwtauth.issuers`. */
export const LITELLM_ISSUERS = list(
  'Trusted issuers besides that of JWT_PUBLIC_KEY_URL; a token belongs to the first entry whose issuer it names.',
  section({
    summary: 'One trusted issuer.',
    fields: {
      issuer: required(issuer, 'Write the issuer, exactly as in iss.'),
      jwks_url: keyAddresses,
      audience: audiences,
      disable_audience_validation: unchecked,
      user_id_jwt_field: claimField('Claim of the user id.'),
      user_email_jwt_field: claimField('Claim of the email address.'),
      team_id_jwt_field: claimField('Claim of the team.'),
      team_ids_jwt_field: claimField('Claim of a list of team ids.'),
      org_id_jwt_field: claimField('Claim of the organisation id.'),
      end_user_id_jwt_field: claimField('Claim of the end-user id.'),
    },
    unknownKeys: 'refuse',
  }),
  {
    differs:
      'A claim that an entry maps and the token lacks never falls through to the global one.',
    default: [],
  },
);

const own = (what: string) =>
  switchableClaimField(`Claim of ${what}. Left out: as everywhere; empty string: none.`);

/** `gatehouse.issuers[].claims`. */
const CLAIMS = section({
  summary: 'Which claim is what in tokens of this issuer. What is left out is read as everywhere.',
  fields: {
    user_id: own('the user id'),
    user_email: own('the email address'),
    team_id: own('the team, which then is required'),
    team_ids: own('a list of team ids'),
    team_alias: own('the alias of the team, which then is required'),
    org_id: own('the organisation id'),
    org_alias: own('the alias of the organisation'),
    end_user_id: own('the end-user id'),
    user_role: own('the role of the caller, by the name that roles of users have'),
    user_roles: own('the roles that user_allowed_roles speaks of'),
    roles: own('the roles that role_mappings and jwt_litellm_role_map speak of'),
    object_id: own('a team id or a user id, by the role of the token'),
    agent_id: own('the id of an agent'),
    virtual_key: own('what mappings to virtual keys speak of'),
    scope: claimField('Claim of the scopes. Left out: as everywhere.'),
  },
  unknownKeys: 'refuse',
});

const names = (what: string) =>
  list(`${what}, one or a list.`, text('Name.', { rule: plainName }), {
    mayBeSingle: true,
    notEmpty: 'which no token could have',
  });

const BOUND_CLAIMS = boundClaims(
  'Claims that must hold one of the values, with "*" and "?": { repository_owner: [my-org] }.',
);

/** Parameters of presets; each belongs to some of them. */
export const PRESET_FIELDS = {
  url: text('keycloak, gitlab: base address.', {
    rule: httpAddress,
    canonical: (address) => address.replace(/\/+$/, ''),
  }),
  realm: text('keycloak: realm.', { rule: plainName }),
  client: text('keycloak: client whose roles count. Left out: roles of the realm.', {
    rule: plainName,
  }),
  tenant: text('entra: id of the tenant.', { rule: plainName }),
  domain: text('okta, auth0: domain of the organisation.', { rule: plainName }),
  authorization_server: text('okta: id of the authorization server. Left out: default.', {
    rule: plainName,
  }),
  namespace: text('auth0: address before the names of custom claims.', { rule: httpAddress }),
  hosted_domains: names('google: Workspace domains (hd)'),
  owners: names('github-actions: organisations and people whose repositories may call'),
  repositories: names('github-actions: repositories, owner/name, that may call'),
  namespaces: names('gitlab: groups whose projects may call; kubernetes: namespaces'),
  cluster: text('kubernetes: name of the cluster, to tell several apart.', { rule: plainName }),
  trust_domain: text('spiffe: trust domain.', { rule: plainName }),
};

const GATEHOUSE_ISSUER = section({
  summary: 'One trusted issuer, written out or by the preset of its vendor.',
  fields: {
    issuer,
    preset: choice('Vendor whose documented tokens are meant.', ISSUER_PRESETS),
    ...PRESET_FIELDS,
    jwks_url: keyAddresses,
    public_keys: list(
      'Public keys or X.509 certificates in PEM form, or files of them, beside or in place of jwks_url.',
      text('PEM text, or the path of a file.', { rule: keyText }),
      { mayBeSingle: true, notEmpty: 'so that no key could be had' },
    ),
    audience: audiences,
    disable_audience_validation: unchecked,
    algorithms: list(
      'Signature algorithms of its tokens. Left out: every asymmetric one.',
      text('Algorithm.', { rule: signatureAlgorithm }),
      { mayBeSingle: true, notEmpty: 'which no token could have' },
    ),
    key_id_required: flag('Refuses tokens whose header has no kid.', { default: false }),
    accepted_types: list<string, readonly string[]>(
      'Header typ values of its tokens besides gatehouse.jwt.accepted_types.',
      text('Media type, "application/" may be left out.', {
        rule: tokenType,
        canonical: (type) => type.toLowerCase().replace(/^application\//, ''),
      }),
      { default: [] },
    ),
    required_claims: list<string, readonly string[]>(
      'Claims that its tokens must have.',
      text('Claim path.', { rule: claimPath }),
      { default: [] },
    ),
    bound_claims: BOUND_CLAIMS,
    claims: CLAIMS,
    principal: text(
      'User id of workloads, with claim paths in braces: "repo:{repository}:{ref}". Wins over claims.user_id.',
      { rule: principalTemplate },
    ),
    team_required: flag('Refuses tokens without the team of claims.team_id or claims.team_alias.', {
      default: true,
    }),
  },
  unknownKeys: 'refuse',
});

/** `gatehouse.issuers`. */
export const GATEHOUSE_ISSUERS = list(
  'Trusted issuers, asked before litellm_jwtauth.issuers and JWT_PUBLIC_KEY_URL.',
  GATEHOUSE_ISSUER,
  { default: [] },
);

/** One entry of `gatehouse.issuers`. */
export type GatehouseIssuerValue = z.output<typeof GATEHOUSE_ISSUER>;

/** One entry of `litellm_jwtauth.issuers`. */
export type LitellmIssuerValue = z.output<typeof LITELLM_ISSUERS>[number];

/** Its own claims. */
export type IssuerClaimsValue = z.output<typeof CLAIMS>;

/** The keys of `gatehouse.issuers[].claims`, by what is read from the claim that each names. */
export const ISSUER_CLAIM_NAMES = {
  userId: 'user_id',
  userEmail: 'user_email',
  teamId: 'team_id',
  teamIds: 'team_ids',
  teamAlias: 'team_alias',
  orgId: 'org_id',
  orgAlias: 'org_alias',
  endUserId: 'end_user_id',
  userRole: 'user_role',
  userRoles: 'user_roles',
  roles: 'roles',
  objectId: 'object_id',
  agentId: 'agent_id',
  virtualKey: 'virtual_key',
  scope: 'scope',
} as const satisfies Readonly<Record<string, keyof IssuerClaimsValue>>;

/** A mapping from claim paths to one value or several. */
function boundClaims(
  summary: string,
): Key<readonly { readonly path: string; readonly values: readonly string[] }[]> {
  const values = required(names('Values'), 'Write one value or a list.', 'has no value');
  const members = recordOf(values, 'a mapping (claim: values)', claimPath);
  const schema = members.transform((claims) =>
    Object.entries(claims).map(([path, held]) => ({ path, values: held })),
  );
  return keyOf<readonly { path: string; values: readonly string[] }[], readonly never[]>(
    schema,
    summary,
    { default: [] },
  );
}
