import { ISSUER_PRESETS } from '../model/jwt-settings.js';
import { ISSUER_CLAIM_NAMES } from '../names/issuer-claim-names.js';
import { ISSUER_KEYS } from '../names/litellm-jwt-names.js';
import { claimField, switchableClaimField } from './claim-field.config.js';
import { list } from './collections.js';
import { complete } from './complete.js';
import { defineField, refuseKind, type Field } from './field.js';
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
import { section, type SectionValue } from './section.js';

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
  complete(
    section({
      summary: 'One trusted issuer.',
      names: ISSUER_KEYS,
      fields: {
        issuer,
        keyUrls: keyAddresses,
        audience: audiences,
        isAudienceUnchecked: unchecked,
        userIdField: claimField('Claim of the user id.'),
        userEmailField: claimField('Claim of the email address.'),
        teamIdField: claimField('Claim of the team.'),
        teamIdsField: claimField('Claim of a list of team ids.'),
        orgIdField: claimField('Claim of the organisation id.'),
        endUserIdField: claimField('Claim of the end-user id.'),
      },
      unknownKeys: 'refuse',
    }),
    { issuer: 'Write the issuer, exactly as in iss.' },
  ),
  {
    differs:
      'A claim that an entry maps and the token lacks never falls through to the global one.',
    default: [],
  },
);

const own = (what: string) =>
  switchableClaimField(`Claim of ${what}. Left out: as everywhere; empty text: none.`);

/** `gatehouse.issuers[].claims`. */
const CLAIMS = section({
  summary: 'Which claim is what in tokens of this issuer. What is left out is read as everywhere.',
  names: ISSUER_CLAIM_NAMES,
  fields: {
    userId: own('the user id'),
    userEmail: own('the email address'),
    teamId: own('the team, which then is required'),
    teamIds: own('a list of team ids'),
    teamAlias: own('the alias of the team, which then is required'),
    orgId: own('the organisation id'),
    orgAlias: own('the alias of the organisation'),
    endUserId: own('the end-user id'),
    userRole: own('the role of the caller, by the name that roles of users have'),
    userRoles: own('the roles that user_allowed_roles speaks of'),
    roles: own('the roles that role_mappings and jwt_litellm_role_map speak of'),
    objectId: own('a team id or a user id, by the role of the token'),
    agentId: own('the id of an agent'),
    virtualKey: own('what mappings to virtual keys speak of'),
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
const PRESET_FIELDS = {
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
  authorizationServer: text('okta: id of the authorization server. Left out: default.', {
    rule: plainName,
  }),
  namespace: text('auth0: address before the names of custom claims.', { rule: httpAddress }),
  hostedDomains: names('google: Workspace domains (hd)'),
  owners: names('github-actions: organisations and people whose repositories may call'),
  repositories: names('github-actions: repositories, owner/name, that may call'),
  namespaces: names('gitlab: groups whose projects may call; kubernetes: namespaces'),
  cluster: text('kubernetes: name of the cluster, to tell several apart.', { rule: plainName }),
  trustDomain: text('spiffe: trust domain.', { rule: plainName }),
};

/** Keys of the parameters of presets. */
export const PRESET_KEYS = {
  url: 'url',
  realm: 'realm',
  client: 'client',
  tenant: 'tenant',
  domain: 'domain',
  authorizationServer: 'authorization_server',
  namespace: 'namespace',
  hostedDomains: 'hosted_domains',
  owners: 'owners',
  repositories: 'repositories',
  namespaces: 'namespaces',
  cluster: 'cluster',
  trustDomain: 'trust_domain',
} as const satisfies Readonly<Record<keyof typeof PRESET_FIELDS, string>>;

const GATEHOUSE_ISSUER = section({
  summary: 'One trusted issuer, written out or by the preset of its vendor.',
  names: {
    issuer: 'issuer',
    preset: 'preset',
    ...PRESET_KEYS,
    keyUrls: 'jwks_url',
    publicKeys: 'public_keys',
    audience: 'audience',
    isAudienceUnchecked: 'disable_audience_validation',
    algorithms: 'algorithms',
    isKeyIdRequired: 'key_id_required',
    acceptedTypes: 'accepted_types',
    requiredClaims: 'required_claims',
    boundClaims: 'bound_claims',
    claims: 'claims',
    principal: 'principal',
    isTeamRequired: 'team_required',
  },
  fields: {
    issuer,
    preset: choice('Vendor whose documented tokens are meant.', ISSUER_PRESETS),
    ...PRESET_FIELDS,
    keyUrls: keyAddresses,
    publicKeys: list(
      'Public keys or X.509 certificates in PEM form, or files of them, beside or in place of jwks_url.',
      text('PEM text, or the path of a file.', { rule: keyText }),
      { mayBeSingle: true, notEmpty: 'so that no key could be had' },
    ),
    audience: audiences,
    isAudienceUnchecked: unchecked,
    algorithms: list(
      'Signature algorithms of its tokens. Left out: every asymmetric one.',
      text('Algorithm.', { rule: signatureAlgorithm }),
      { mayBeSingle: true, notEmpty: 'which no token could have' },
    ),
    isKeyIdRequired: flag('Refuses tokens whose header has no kid.', { default: false }),
    acceptedTypes: list<string, readonly string[]>(
      'Header typ values of its tokens besides gatehouse.jwt.accepted_types.',
      text('Media type, "application/" may be left out.', {
        rule: tokenType,
        canonical: (type) => type.toLowerCase().replace(/^application\//, ''),
      }),
      { default: [] },
    ),
    requiredClaims: list<string, readonly string[]>(
      'Claims that its tokens must have.',
      text('Claim path.', { rule: claimPath }),
      { default: [] },
    ),
    boundClaims: BOUND_CLAIMS,
    claims: CLAIMS,
    principal: text(
      'User id of workloads, with claim paths in braces: "repo:{repository}:{ref}". Wins over claims.user_id.',
      { rule: principalTemplate },
    ),
    isTeamRequired: flag(
      'Refuses tokens without the team of claims.team_id or claims.team_alias.',
      {
        default: true,
      },
    ),
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
export type GatehouseIssuerValue = SectionValue<(typeof GATEHOUSE_ISSUER)['fields']>;

/** One entry of `litellm_jwtauth.issuers`. */
export type LitellmIssuerValue = (typeof LITELLM_ISSUERS)['absent'][number];

/** Its own claims. */
export type IssuerClaimsValue = SectionValue<(typeof CLAIMS)['fields']>;

/** A mapping from claim paths to one value or several. */
function boundClaims(
  summary: string,
): Field<readonly { readonly path: string; readonly values: readonly string[] }[]> {
  const values = names('Values');
  const path = text('Claim path.', { rule: claimPath });
  return defineField<readonly { path: string; values: readonly string[] }[], readonly never[]>({
    summary,
    options: { default: [] },
    schema: { type: ['object', 'null'], additionalProperties: values.schema },
    parse: (node, place) => {
      if (node.kind !== 'map') return refuseKind(node, place, 'a mapping (claim: values)');
      return [...node.entries].flatMap(([name, member]) => {
        const where = place.at(name);
        const read = path.read({ kind: 'scalar', value: name, text: name }, where);
        const held = values.read(member, where);
        if (held === null) where.refuse('has no value', 'Write one value or a list.');
        return read === null || held === null ? [] : [{ path: read, values: held }];
      });
    },
  });
}
