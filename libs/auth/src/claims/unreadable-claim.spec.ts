import { isGatehouseError } from '#libs/common';
import type { ClaimField, ClaimFields, IssuerSettings } from '#libs/config';
import { aClaim, anIssuer, claimFields, jwtSettings } from '#support/jwt-settings';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import { mapClaims } from './claims-mapping.js';
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

const codeOf = (read: () => unknown): unknown => {
  try {
    return read();
  } catch (error) {
    return isGatehouseError(error) ? `${error.status} ${error.code}` : error;
  }
};

const REFUSED = '403 claim_ambiguous';
const asTeam = principal({ objectId: CLAIM, teamId: aClaim('team') });
const ofTemplate = principal({}, { configPath: 'issuers[0]', principalTemplate: 'job:{x}' });

/** Each place where a claim that cannot be read would take a limit off the call if it counted as absent. */
const PLACES: readonly (readonly [string, (claims: Claims) => unknown])[] = [
  ['organisation', (c) => principal({ orgId: CLAIM })(c).orgId],
  ['alias of an organisation', (c) => principal({ orgAlias: CLAIM })(c).orgAlias],
  ['end user', (c) => principal({ endUserId: CLAIM })(c).endUserId],
  ['agent', (c) => principal({ agentId: CLAIM })(c).agentId],
  ['email that is the user id', (c) => principal({ userId: null, userEmail: CLAIM })(c).userId],
  ['object id of a team', (c) => asTeam({ team: 'own', ...c }).teams.teamId],
  ['template of a user', (c) => ofTemplate(c).userId],
];

describe.each(PLACES)('a claim of the %s that holds something else than an id', (_place, read) => {
  it.each([
    [{ id: 'viewer' }],
    [{ viewer: 'acme' }],
    [{ viewer: {}, note: 'x' }],
    [7.5],
    [true],
    [false],
    [[true]],
    [[{ viewer: {} }]],
  ])('is refused where it is %j, not taken for absent', (x) => {
    expect(codeOf(() => read({ x }))).toBe(REFUSED);
  });

  it('counts as empty where it holds nothing', () => {
    for (const x of ['', [], [null]]) expect(read({ x })).toBe(read({ x: null }));
  });
});

describe('the claim of a team that holds something else than an id', () => {
  const fields = { teamId: CLAIM, teamAlias: aClaim('alias') };
  const read = (claims: Claims, isTeamOptional: boolean) =>
    codeOf(() => mapTeams(claims, claimFields({ ...fields, isTeamOptional }), 'default'));

  it.each([[{ id: 'research' }], [7], [true], [[{ id: 'research' }]]])(
    'names no team where a team is required, and is refused where it is optional: %j',
    (x) => {
      expect(read({ x }, false)).toMatchObject({ teamId: null, source: null, isRequired: true });
      expect(read({ x }, true)).toBe(REFUSED);
      expect(read({ alias: x }, true)).toBe(REFUSED);
    },
  );
});

describe('the object of organisations that Keycloak writes', () => {
  const org = (x: unknown, field: Partial<ClaimField> = {}) => {
    const orgId = { ...CLAIM, ...field };
    return codeOf(() => principal({ orgId, orgAlias: orgId })({ x }));
  };

  it.each([
    [{ acme: {} }],
    [{ acme: { id: '42c3e46f' } }],
    [{ acme: { id: '1', tier: ['gold'] } }],
  ])('counts as the organisation of its only member: %j', (x) => {
    expect(org(x)).toMatchObject({ orgId: 'acme', orgAlias: 'acme' });
  });

  it('passes the steps of the field as a list of names does', () => {
    const two = { 'llm-acme': { id: '1' }, staff: { id: '2' } };
    expect(org(two)).toBe(REFUSED);
    expect(org(two, { regex: '^llm-(.+)$' })).toMatchObject({ orgId: 'acme' });
    expect(org({ acme: {} }, { map: { acme: 'org-1' } })).toMatchObject({ orgId: 'org-1' });
  });

  it.each([[{ id: 'acme' }], [{ acme: ['x'] }], [{ acme: null }], [{ acme: {}, name: 'Acme' }]])(
    'has no other form: %j is refused',
    (x) => {
      expect(org(x)).toBe(REFUSED);
    },
  );

  it('names neither a team nor a user', () => {
    const x = { acme: { id: '1' } };
    expect(codeOf(() => asTeam({ team: 'own', x }))).toBe(REFUSED);
    expect(codeOf(() => principal({ userId: CLAIM })({ x }))).toBe('401 token_invalid');
  });

  it('refuses with the setting of the claim', () => {
    expect(() => principal({ orgId: CLAIM })({ x: 7 })).toThrow(
      expect.objectContaining({
        context: {
          problem: 'the claim holds a number where one id (a string of 1 to 255 bytes) is meant',
          configKey: CONFIG_KEYS.orgId,
        },
      }),
    );
  });
});
