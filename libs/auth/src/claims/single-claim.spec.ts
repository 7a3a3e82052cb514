import { isGatehouseError } from '#libs/common';
import type { ClaimFields, IssuerSettings } from '#libs/config';
import { aClaim, anIssuer, claimFields, jwtSettings } from '#support/jwt-settings';
import { keyClaimOf } from './virtual-key-field.js';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import { mapClaims } from './claims-mapping.js';
import { readIdentity } from './single-claim.js';
import { mapTeams } from './team-claims.js';

type Claims = Readonly<Record<string, unknown>>;

const CLAIM = aClaim('x');

const principal = (fields: Partial<ClaimFields>, entry: Partial<IssuerSettings> = {}) => {
  return (claims: Claims) =>
    mapClaims(
      { kind: 'jwt', claims, fields: claimFields(fields), entry: anIssuer(entry) },
      jwtSettings(),
    );
};

const asTeam = principal({ objectId: CLAIM, teamId: aClaim('team') });
const asUser = principal({ userId: null, userEmail: CLAIM });
const ofTemplate = principal({}, { configPath: 'issuers[0]', principalTemplate: 'job:{x}' });
const ofClient = principal({ isTeamSoft: false });

/** Each place where one value is meant: what reads it, the setting that is named, and the read value of `viewer`. */
const PLACES: readonly (readonly [string, (claims: Claims) => unknown, string | null, unknown])[] =
  [
    ['organisation', (c) => principal({ orgId: CLAIM })(c).orgId, CONFIG_KEYS.orgId, 'viewer'],
    [
      'alias of an organisation',
      (c) => principal({ orgAlias: CLAIM })(c).orgAlias,
      CONFIG_KEYS.orgAlias,
      'viewer',
    ],
    [
      'end user',
      (c) => principal({ endUserId: CLAIM })(c).endUserId,
      CONFIG_KEYS.endUserId,
      'viewer',
    ],
    ['agent', (c) => principal({ agentId: CLAIM })(c).agentId, CONFIG_KEYS.agentId, 'viewer'],
    ['email', (c) => principal({ userEmail: CLAIM })(c).email, CONFIG_KEYS.userEmail, 'viewer'],
    ['email that is the user id', (c) => asUser(c).userId, CONFIG_KEYS.userEmail, 'viewer'],
    [
      'team',
      (c) => mapTeams(c, claimFields({ teamId: CLAIM }), null).teamId,
      CONFIG_KEYS.teamId,
      'viewer',
    ],
    [
      'alias of a team',
      (c) => mapTeams(c, claimFields({ teamAlias: CLAIM }), null).alias,
      CONFIG_KEYS.teamAlias,
      'viewer',
    ],
    [
      'client that names a team softly',
      ({ x }) => mapTeams({ client_id: x }, claimFields({ isTeamSoft: true }), null).teamId,
      CONFIG_KEYS.teamId,
      'viewer',
    ],
    [
      'object id of a team',
      (c) => asTeam({ team: 'own', ...c }).teams.teamId,
      CONFIG_KEYS.objectId,
      'viewer',
    ],
    [
      'field of a virtual key',
      (claims) =>
        keyClaimOf(
          { claims, issuer: null },
          jwtSettings({ claims: claimFields({ virtualKey: CLAIM }), issuers: [] }),
        )?.held?.value ?? null,
      CONFIG_KEYS.virtualKey,
      'viewer',
    ],
    ['template of a user', (c) => ofTemplate(c).userId, 'issuers[0].principal', 'job:viewer'],
    [
      'role by name',
      (c) => principal({ userRole: CLAIM })(c).role,
      CONFIG_KEYS.userRole,
      'internal_user',
    ],
    ['token', ({ x }) => ofClient({ jti: x }).tokenId, null, 'viewer'],
    ['client', ({ x }) => ofClient({ azp: x }).clientIds[0] ?? null, null, 'viewer'],
    ['session', ({ x }) => ofClient({ sid: x }).sessionId, null, 'viewer'],
  ];

const refusalOf = (read: () => unknown): unknown => {
  try {
    return read();
  } catch (error) {
    return isGatehouseError(error, 'claim_ambiguous') || isGatehouseError(error, 'token_invalid')
      ? { code: error.code, configKey: error.context['configKey'] }
      : error;
  }
};

describe.each(PLACES)('a list in the claim of the %s', (_place, read, configKey, viewer) => {
  it('counts as its member where it has one', () => {
    expect(read({ x: ['viewer'] })).toBe(viewer);
    expect(read({ x: ['viewer'] })).toBe(read({ x: 'viewer' }));
  });

  it('counts as an absent value where it is empty, and as its member where that is not an id', () => {
    expect(read({ x: [] })).toBe(read({ x: null }));
    expect(refusalOf(() => read({ x: [7] }))).toEqual(refusalOf(() => read({ x: 7 })));
  });

  it.each([[['viewer', 'y']], [['viewer', 'viewer']], [[7, 'viewer']], [[['viewer']]], [[[]]]])(
    'is refused where it is %j',
    (x) => {
      expect(refusalOf(() => read({ x }))).toEqual({ code: 'claim_ambiguous', configKey });
    },
  );
});

/** A field that only the entry of an issuer maps, and the setting that its refusal must name. */
const MAPPED_BY_ENTRY: readonly (readonly [keyof ClaimFields, string])[] = [
  ['userEmail', 'user_email'],
  ['teamId', 'team_id'],
  ['teamAlias', 'team_alias'],
  ['orgId', 'org_id'],
  ['orgAlias', 'org_alias'],
  ['endUserId', 'end_user_id'],
  ['userRole', 'user_role'],
  ['agentId', 'agent_id'],
  ['userId', 'user_id'],
];

describe.each(MAPPED_BY_ENTRY)('a list of several values in the claim of %s', (field, name) => {
  const everywhere = claimFields({ isTeamSoft: false, [field]: aClaim('x') });
  const keyOf = (
    entry: Partial<IssuerSettings>,
    own: object = {},
    kind: 'jwt' | 'introspection' = 'jwt',
  ): unknown => {
    const claims = { ...everywhere, ...own };
    const proven = { kind, claims: { x: ['a', 'b'] }, fields: claims };
    const issuer = anIssuer({ isGlobal: false, claims, ...entry });
    const settings = jwtSettings({ claims: everywhere });
    return refusalOf(() => mapClaims({ ...proven, entry: issuer }, settings));
  };
  const mapped = { [field]: aClaim('x') };
  const global = CONFIG_KEYS[field as keyof typeof CONFIG_KEYS];

  it('names the entry of the issuer that maps it', () => {
    const entry = { configPath: 'gatehouse.issuers[1]' };
    const configKey = `gatehouse.issuers[1].claims.${name}`;
    expect(keyOf(entry, mapped)).toMatchObject({ configKey });
  });

  it('names the setting for all where the entry leaves it out', () => {
    const entry = { configPath: 'gatehouse.issuers[1]' };
    expect(keyOf(entry)).toMatchObject({ configKey: global });
  });

  it('names the key of an entry of litellm_jwtauth.issuers where that has one', () => {
    const configPath = 'general_settings.litellm_jwtauth.issuers[0]';
    const hasKey = ['user_id', 'user_email', 'team_id', 'org_id', 'end_user_id'].includes(name);
    const configKey = hasKey ? `${configPath}.${name}_jwt_field` : global;
    expect(keyOf({ configPath }, mapped)).toMatchObject({ configKey });
  });
});

it('a list of several roles names the mapping of the custom-JWT guide or of introspection', () => {
  const fields = claimFields({ isTeamSoft: false, userRole: aClaim('x') });
  const claims = { x: ['admin', 'viewer'] };
  const custom = anIssuer({ configPath: 'general_settings.jwt_settings', claims: fields });
  const refusal = (kind: 'jwt' | 'introspection', entry: IssuerSettings) =>
    refusalOf(() => mapClaims({ kind, claims, fields, entry }, jwtSettings()));
  expect(refusal('jwt', custom)).toMatchObject({
    configKey: 'general_settings.jwt_settings.user_claim_mappings.user_role',
  });
  expect(refusal('introspection', anIssuer())).toMatchObject({
    configKey: 'gatehouse.introspection.user_role_field',
  });
});

describe('a list in the claim of the user', () => {
  const read = (sub: unknown, field = aClaim('sub')) =>
    refusalOf(() => readIdentity({ sub }, field, CONFIG_KEYS.userId));
  const refused = { code: 'token_invalid', configKey: CONFIG_KEYS.userId };

  it('counts as its member where it has one', () => {
    expect(read(['alice'])).toBe('alice');
    expect(read(['alice', 'guest-1'], { ...aClaim('sub'), regex: '^(a.+)$' })).toBe('alice');
  });

  it.each([[[]], [['alice', 'bob']], [[['alice']]], [[7]], [[{ id: 'alice' }]]])(
    'is refused where it is %j, because the call would be made without a user',
    (sub) => {
      expect(read(sub)).toEqual(refused);
    },
  );

  it('gives no user if the pattern of the field leaves out every member', () => {
    expect(read(['guest-1', 'guest-2'], { ...aClaim('sub'), regex: '^emp-(.+)$' })).toBeNull();
  });
});

describe('a list that a pattern reduces to one member', () => {
  it('counts as that member', () => {
    const orgId = { ...aClaim('groups'), regex: '^/org/([^/]+)$' };
    const groups = ['/org/acme', '/staff', '/vpn'];
    expect(principal({ orgId })({ groups }).orgId).toBe('acme');
  });
});
