import type { TeamClaimSettings } from '#libs/config';
import { anOrganization, aTeam, aUser } from '#support/access-builders';
import { aClaim, jwtSettings } from '#support/jwt-settings';
import { describePipeline, type PipelineCase } from '#support/pipeline-harness';

const GROUPS = { teamId: null, isTeamSoft: false, teamIds: aClaim('groups') };
const HEADER = 'x-litellm-team-id';

function teamSettings(overrides: Partial<TeamClaimSettings>): Pick<typeof DEFAULTS, 'teams'> {
  return { teams: { ...DEFAULTS.teams, ...overrides } };
}

const DEFAULTS = jwtSettings();

describePipeline('the team of a call, with real tokens', (harness) => {
  beforeEach(() => {
    harness.records.memberships.clear();
    for (const teamId of ['a', 'b', 'c']) harness.records.teams.set(teamId, aTeam({ teamId }));
  });

  const teamOf = async (one: PipelineCase): Promise<string | null> => {
    const call = await harness.evaluate(one);
    return call.failure?.code ?? call.access?.attribution.teamId ?? null;
  };
  const withGroups = (groups: unknown, rest: PipelineCase = {}): PipelineCase => ({
    fields: GROUPS,
    ...rest,
    claims: { groups, ...rest.claims },
  });

  it('is 200 times the same for one token, however often rows are read anew, and never a blocked one', async () => {
    harness.records.teams.set('b', aTeam({ teamId: 'b', blocked: true }));
    const chosen = new Set<string | null>();
    for (let turn = 0; turn < 200; turn += 1) {
      const rows = [...harness.records.teams].reverse();
      harness.records.teams.clear();
      for (const [id, row] of rows) harness.records.teams.set(id, row);
      chosen.add(await teamOf(withGroups(['nowhere', 'b', 'c', 'a'])));
    }
    expect([...chosen]).toEqual(['c']);
  });

  it('is chosen with the requested model, wherever the request names it', async () => {
    harness.records.teams.set('a', aTeam({ teamId: 'a', models: ['other'] }));
    const groups = ['a', 'b'];
    expect(await teamOf(withGroups(groups))).toBe('b');
    expect(await teamOf(withGroups(groups, { body: { model: 'other' } }))).toBe('a');
    const inPath = 'POST /engines/gpt-4o/chat/completions';
    expect(await teamOf(withGroups(groups, { route: inPath, body: { model: 'other' } }))).toBe('b');
    expect(await teamOf(withGroups(['a'], {}))).toBe('model_not_allowed');
    expect(await teamOf(withGroups(groups, { body: { model: ['other'] } }))).toBe(
      'request_invalid',
    );
    expect(await teamOf(withGroups(groups, { route: 'GET /team/list' }))).toBe('a');
  });

  it('is the one of the header, by id or alias, and of the token alone', async () => {
    harness.records.teams.set('b', aTeam({ teamId: 'b', alias: 'Beta' }));
    const asking = (value: string) => withGroups(['a', 'b'], { headers: { [HEADER]: value } });
    expect(await teamOf(asking('b'))).toBe('b');
    expect(await teamOf(asking('Beta'))).toBe('b');
    expect(await teamOf(asking('c'))).toBe('team_not_in_token');
    expect(await teamOf(asking('beta'))).toBe('team_not_in_token');
    harness.records.teams.set('c', aTeam({ teamId: 'c', alias: 'Beta' }));
    expect(await teamOf(asking('Beta'))).toBe('team_not_in_token');
  });

  it('asks for no alias where the header names an id or nothing of the token', async () => {
    await teamOf(withGroups(['a'], { headers: { [HEADER]: 'a' } }));
    await teamOf(withGroups(['a'], { headers: { [HEADER]: 'something else' } }));
    expect(harness.records.lookups.filter((one) => one.startsWith('team alias'))).toEqual([]);
  });

  it('holds the caller of a header to the models and routes of the team', async () => {
    harness.records.teams.set('b', aTeam({ teamId: 'b', models: ['other'] }));
    const asking = withGroups(['a', 'b'], { headers: { [HEADER]: 'b' } });
    expect(await teamOf(asking)).toBe('model_not_allowed');
    const narrow = { jwt: { teamAllowedRoutes: ['/v1/embeddings'] } };
    expect(await teamOf({ ...asking, ...narrow })).toBe('route_not_allowed');
    expect(await teamOf(withGroups(['a'], narrow))).toBe('route_not_allowed');
  });

  it('may be that of an alias, and so may the organisation', async () => {
    harness.records.teams.set('b', aTeam({ teamId: 'b', alias: 'Beta' }));
    harness.records.organizations.set('acme', anOrganization({ models: ['gpt-4o'] }));
    const one: PipelineCase = {
      fields: { teamId: null, teamAlias: aClaim('team'), orgId: null, orgAlias: aClaim('org') },
      claims: { team: 'Beta', org: 'Acme' },
    };
    const { attribution } = await harness.admit(one);
    expect([attribution.teamId, attribution.orgId]).toEqual(['b', 'acme']);
    expect(await teamOf({ ...one, claims: { team: 'Beta', org: 'acme' } })).toBe('org_unknown');
    expect(await teamOf({ ...one, claims: { team: 'beta', org: 'Acme' } })).toBe('team_unknown');
    harness.records.organizations.set('twin', anOrganization({ organizationId: 'twin' }));
    expect(await teamOf(one)).toBe('org_unknown');
  });

  it('is never one that an earlier team claim alone made the user a member of', async () => {
    const fields = { teamId: aClaim('team'), isTeamSoft: false };
    await (await harness.admit({ claims: { team: 'a' }, fields })).admission.commit();
    expect(harness.records.memberships.get('a:alice')).toBe('token');
    const teamless = { claims: { team: undefined }, fields: { teamId: null, isTeamSoft: false } };
    const jwt = teamSettings({ databaseFallback: true });
    expect(await teamOf({ ...teamless, jwt })).toBeNull();
    harness.records.memberships.set('a:alice', 'admin');
    expect(await teamOf({ ...teamless, jwt })).toBe('a');
    expect(await teamOf(teamless)).toBe('a');
  });

  it('is null for an administrator by scope, unless it asks for one on calls of models', async () => {
    const one: PipelineCase = {
      claims: { scope: 'litellm_proxy_admin', team: 'blocked' },
      jwt: { adminAllowedRoutes: ['*'] },
    };
    expect(await teamOf(one)).toBeNull();
    expect(await teamOf({ ...one, headers: { [HEADER]: 'a' } })).toBe('a');
    expect(await teamOf({ ...one, headers: { [HEADER]: 'nowhere' } })).toBe('team_unknown');
    const onTeams = { ...one, route: 'POST /team/new', headers: { [HEADER]: 'nowhere' } };
    expect(await teamOf(onTeams)).toBeNull();
  });

  it('leaves role and memberships as the token has them, in one transaction and once', async () => {
    const roleMap = [{ jwtRole: 'gateway-*', role: 'proxy_admin_viewer' as const }];
    const jwt = { ...teamSettings({ syncUser: true, roleMap }), userIdUpsert: true };
    const fields = { ...GROUPS, roles: aClaim('roles') };
    const claims = { groups: ['b', 'a'], roles: ['gateway-readers'] };
    harness.records.memberships.set('c:alice', 'admin');
    const first = await harness.evaluate({ claims, fields, jwt, route: 'GET /team/list' });
    await first.access?.admission.commit();
    expect(first.access?.role).toBe('proxy_admin_viewer');
    expect(harness.records.written).toEqual([
      'role alice proxy_admin_viewer',
      'memberships alice b,a',
    ]);
    expect([...harness.records.memberships.keys()].sort()).toEqual(['a:alice', 'b:alice']);
    expect(harness.records.transactions).toBe(1);
    expect(first.trace.steps).toContainEqual({
      guard: 'tenancy',
      outcome: 'passed',
      detail: 'role and memberships of the user become those of the token',
      config_key: 'general_settings.litellm_jwtauth.sync_user_role_and_teams',
    });
    const again = await harness.evaluate({ claims, fields, jwt, route: 'GET /team/list' });
    await again.access?.admission.commit();
    expect(harness.records.transactions).toBe(1);
  });

  it.each([
    [{ roles: ['gateway-readers'] }, 'the role of the user becomes that of the token'],
    [{ groups: ['b'] }, 'the memberships of the user become those of the token'],
  ])('says what follows the token: %j', async (claims, detail) => {
    const roleMap = [{ jwtRole: 'gateway-*', role: 'proxy_admin_viewer' as const }];
    const jwt = { ...teamSettings({ syncUser: true, roleMap }), userIdUpsert: true };
    const fields = { ...GROUPS, roles: aClaim('roles') };
    const { trace } = await harness.evaluate({ claims, fields, jwt, route: 'GET /team/list' });
    expect(trace.steps.map((step) => step.detail)).toContain(detail);
  });

  it('needs no row of a team for callers that have none', async () => {
    harness.records.users.set('alice', aUser({ boundIssuer: harness.issuer }));
    await harness.admit({ fields: { teamId: null, isTeamSoft: false } });
    expect(harness.records.lookups.filter((one) => one.startsWith('team '))).toEqual([]);
  });
});
