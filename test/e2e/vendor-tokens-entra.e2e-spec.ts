import { Client } from '#support/client';
import { FakeGraph } from '#support/fake-graph';
import { KeyServer } from '#support/key-server';
import { VendorHarness } from '#support/vendor-harness';

jest.setTimeout(120_000);

const TENANT = '3338040d-6c67-4c5b-b112-36a304b66dad';
const API = '6e74172b-be56-4843-9ff4-e66a39bb12e3';
const ALICE = '6467882c-fdfd-4354-a1ed-4e13f064be25';
const RESEARCH = '9d1a6a1c-0f5e-4a2b-8c62-3b1b5a1a7f10';

/** Application tokens have no scopes; the permissions of the application stand in "roles". */
const ISSUERS = (jwksUrl: string): string => `
    - { preset: entra, tenant: ${TENANT}, audience: [${API}, "api://gatehouse"], claims: { scope: [scp, roles] }, jwks_url: ${jwksUrl} }`;

const SCOPES = `
    enforce_scope_based_access: true
    scope_mappings: [{ scope: Models.Read, models: [test-model] }]`;

const groupIds = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `group-${String(index)}`);

/**
 * Tokens of Entra ID by the "Access token claims reference" of the Microsoft identity platform
 * (learn.microsoft.com/entra/identity-platform/access-token-claims-reference): its sections on payload claims, v1.0 basic
 * claims, and the groups overage claim.
 */
const V2 = {
  aud: API,
  iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
  aio: 'AXQAi/8IAAAAtAaZLo3ChMif6KOnttRB7eBq4/DccQzjcJGxPYy',
  azp: '11112222-bbbb-3333-cccc-4444dddd5555',
  azpacr: '0',
  groups: [RESEARCH, 'group-without-a-team'],
  name: 'Alice Liddell',
  oid: ALICE,
  preferred_username: 'alice@acme.example',
  rh: 'I',
  scp: 'access_as_user Models.Read',
  sub: 'HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ',
  tid: TENANT,
  uti: 'fqiBqXLPj0eQa82S-IYFAA',
  ver: '2.0',
};

/** The person has too many groups: the token says where they are said to be, with an address of the old directory. */
const OVERAGE = {
  ...V2,
  groups: undefined,
  _claim_names: { groups: 'src1' },
  _claim_sources: {
    src1: { endpoint: `https://graph.windows.net/${TENANT}/users/${ALICE}/getMemberObjects` },
  },
};

describe('with the preset, a token of Entra ID', () => {
  let harness: VendorHarness;
  let graph: FakeGraph;

  beforeAll(async () => {
    graph = await FakeGraph.start(
      new Map([
        [ALICE, [...groupIds(230), RESEARCH]],
        ['teamless', groupIds(3)],
        ['groupless', []],
      ]),
    );
    harness = await VendorHarness.start(ISSUERS, {
      jwtauth: SCOPES,
      gatehouse: `  jwt: { group_overage: ${graph.configuration} }`,
    });
    await harness.admin.post('/team/new', { team_id: RESEARCH });
  });

  afterAll(async () => {
    await harness.stop();
    await graph.stop();
  });

  it('of version 2 is booked to the person by its object id, and to the first group that is a team', async () => {
    expect(await harness.booked(V2)).toEqual({
      issuer: V2.iss,
      subject: V2.sub,
      user: ALICE,
      team: RESEARCH,
    });
    expect(await harness.result({ ...V2, scp: 'access_as_user' })).toBe('403 scope_insufficient');
  });

  it('of version 1 is booked the same way', async () => {
    const v1 = {
      aud: 'api://gatehouse',
      iss: `https://sts.windows.net/${TENANT}/`,
      acr: '1',
      amr: ['pwd', 'mfa'],
      appid: '11112222-bbbb-3333-cccc-4444dddd5555',
      appidacr: '1',
      groups: [RESEARCH],
      ipaddr: '192.0.2.7',
      oid: 'a3b1c9d0-5b8e-4f0d-9c55-0a3d7b1f2e61',
      scp: 'Models.Read',
      sub: 'l3_roISQU222bULS9yi2k0XpqpOiMz5H3ZACo1GeXA',
      tid: TENANT,
      unique_name: 'bob@acme.example',
      upn: 'bob@acme.example',
      ver: '1.0',
    };
    expect(await harness.booked(v1, { x5t: 'i6lGk3FZzxRcUb2C3nEQ7syHJlY' })).toEqual({
      issuer: v1.iss,
      subject: v1.sub,
      user: v1.oid,
      team: RESEARCH,
    });
  });

  it('of an application is booked to its service principal, and its permissions are its scopes', async () => {
    const application = {
      ...V2,
      ...{ groups: undefined, name: undefined, preferred_username: undefined, scp: undefined },
      azpacr: '1',
      idtyp: 'app',
      oid: 'c0ffee00-1f2e-4d3c-8b4a-5e6f7a8b9c0d',
      sub: 'c0ffee00-1f2e-4d3c-8b4a-5e6f7a8b9c0d',
      roles: ['Models.Read'],
    };
    expect(await harness.booked(application)).toMatchObject({ user: application.oid, team: null });
    expect(await harness.result({ ...application, roles: ['Other'] })).toBe(
      '403 scope_insufficient',
    );
  });

  it.each([
    ['for another API', { aud: 'https://graph.microsoft.com' }, '401 token_invalid'],
    ['without an audience', { aud: undefined }, '401 token_invalid'],
    [
      'of a personal account',
      { iss: 'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0' },
      '401 issuer_unknown',
    ],
  ])('%s is 401', async (_what, over, expected) => {
    expect(await harness.result({ ...V2, ...over })).toBe(expected);
  });

  describe('that only points at its groups', () => {
    it('is booked to the team that the directory lists, which is asked once a subject', async () => {
      expect(await harness.booked(OVERAGE)).toMatchObject({ user: ALICE, team: RESEARCH });
      // 231 groups are three pages.
      expect(graph.asked).toHaveLength(3);
      expect(graph.asked[0]).toBe(
        `/v1.0/users/${ALICE}/transitiveMemberOf/microsoft.graph.group?$select=id`,
      );
      const implicit = { ...V2, groups: undefined, hasgroups: true, uti: 'another-token' };
      expect(await harness.booked(implicit)).toMatchObject({ team: RESEARCH });
      expect(graph.asked).toHaveLength(3);
      const { team_candidates: candidates } = await harness.explained(OVERAGE);
      expect(candidates.at(-1)).toMatchObject({ team_id: RESEARCH, chosen: true });
    });

    it('gets the groups of its own subject', async () => {
      const asked = graph.asked.length;
      const teamless = { ...OVERAGE, oid: 'teamless', sub: 'other' };
      expect(await harness.result(teamless)).toBe('403 team_unknown');
      expect(graph.asked).toHaveLength(asked + 1);
      // An empty list of the directory means that the user is in no group.
      const groupless = { ...OVERAGE, oid: 'groupless', sub: 'third' };
      expect(await harness.booked(groupless)).toMatchObject({ user: 'groupless', team: null });
      expect(graph.tokens).toBe(1);
    });

    it.each([
      ['whose person the directory does not know', { oid: 'stranger', sub: 'stranger' }],
      ['that does not say whose they are', { oid: undefined, sub: 'unnamed' }],
    ])('is refused with a reason: %s', async (_what, over) => {
      const refused = await harness.chat({ ...OVERAGE, ...over });
      expect([refused.status, refused.json.error.reason]).toEqual([403, 'groups_unresolved']);
      const { json } = await harness.admin.get(
        `/decisions/${refused.headers.get('x-gatehouse-decision-id') ?? ''}`,
      );
      expect(json.steps.at(-1)).toMatchObject({ config_key: 'gatehouse.jwt.group_overage' });
    });

    it('does not make the gateway ask an address that the token names', async () => {
      const trap = await KeyServer.start();
      const src1 = { endpoint: `${trap.origin}/groups` };
      const lured = { ...OVERAGE, _claim_sources: { src1 } };
      expect(await harness.booked(lured)).toMatchObject({ team: RESEARCH });
      expect(trap.fetches).toBe(0);
      await trap.stop();
    });
  });
});

describe('with the preset, a token of Entra ID whose groups cannot be had', () => {
  it('is 403 where no directory is configured, and never one without groups', async () => {
    const harness = await VendorHarness.start(ISSUERS);
    expect(await harness.result(OVERAGE)).toBe('403 groups_unresolved');
    expect(await harness.result({ ...V2, groups: undefined, hasgroups: true })).toBe(
      '403 groups_unresolved',
    );
    expect(await harness.result({ ...V2, groups: undefined })).toBe('200');
    expect(harness.upstream.records).toHaveLength(1);
    await harness.stop();
  });

  it('is 503 while the directory is down', async () => {
    const graph = await FakeGraph.start(new Map());
    const harness = await VendorHarness.start(ISSUERS, {
      gatehouse: `  jwt: { group_overage: ${graph.configuration} }`,
    });
    await graph.stop();
    const refused = await new Client(harness.gateway.url, harness.token(OVERAGE)).chat();
    expect([refused.status, refused.json.error.reason]).toEqual([503, 'auth_provider_unavailable']);
    expect(await harness.result({ ...V2, groups: [] })).toBe('200');
    await harness.stop();
  });
});
