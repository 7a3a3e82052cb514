import type { JwtSettings } from '#libs/config';
import { aTeam, aUser } from '#support/access-builders';
import { aClaim, jwtSettings } from '#support/jwt-settings';
import { describePipeline, MASTER_KEY, type PipelineCase } from '#support/pipeline-harness';

/** Verified addresses of every issuer lead to accounts. */
const LINKING = { linkByEmail: 'all' } as const;

describePipeline('the pipeline, with real tokens', (harness) => {
  it('refuses an account that another issuer has claimed', async () => {
    harness.records.users.set('alice', aUser({ boundIssuer: 'https://other' }));
    expect((await harness.evaluate({})).failure?.code).toBe('identity_conflict');
  });

  it('plans the rows of a first call and writes them once, when told to', async () => {
    const teams = { ...jwtSettings().teams, teamIdUpsert: true };
    const jwt = { userIdUpsert: true, teams };
    const claims = { sub: 'new', team: 'fresh' };
    const access = await harness.admit({ claims, jwt, body: { model: 'gpt-4o', user: 'end' } });
    expect(harness.records.written).toEqual([]);
    await Promise.all([access.admission.commit(), access.admission.commit()]);
    expect(harness.records.written).toEqual([
      'user new',
      'team fresh',
      'membership fresh:new',
      'end_user end',
    ]);
    expect(harness.records.transactions).toBe(1);
    const again = await harness.admit({ claims, jwt, body: { model: 'gpt-4o', user: 'end' } });
    await again.admission.commit();
    expect(harness.records.transactions).toBe(1);
  });

  it('gives nothing back to an older token after a newer one, though that one changed nothing', async () => {
    const { records } = harness;
    for (const teamId of ['a', 'b']) records.teams.set(teamId, aTeam({ teamId }));
    records.memberships.clear();
    records.memberships.set('a:alice', 'sync');
    const settings = {
      fields: { teamId: null, isTeamSoft: false, teamIds: aClaim('groups') },
      jwt: { teams: { ...jwtSettings().teams, syncUser: true, addUserToTeam: true } },
    };
    const iat = Math.floor(Date.now() / 1_000) - 60;
    for (const claims of [
      { groups: ['a'], iat },
      { groups: ['b', 'a'], iat: iat - 1 },
    ]) {
      await (await harness.admit({ ...settings, claims })).admission.commit();
    }
    expect(records.written).toEqual(['role alice undefined']);
    expect([...records.memberships.keys()]).toEqual(['a:alice']);
  });

  it('tries a commit again that failed', async () => {
    const access = await harness.admit({ claims: { sub: 'new' }, jwt: { userIdUpsert: true } });
    harness.records.isDown = true;
    await expect(access.admission.commit()).rejects.toMatchObject({ code: 'database_unavailable' });
    harness.records.isDown = false;
    await access.admission.commit();
    expect(harness.records.written).toEqual(['user new', 'membership research:new']);
  });

  it('finds a user by a verified email address only, and asks for it once', async () => {
    harness.records.users.set('row-7', aUser({ userId: 'row-7', email: 'z@acme.example' }));
    const claims = { sub: 'unknown', email: 'z@acme.example' };
    expect((await harness.evaluate({ claims, jwt: LINKING })).failure?.code).toBe('user_unknown');
    expect(
      (await harness.evaluate({ claims: { ...claims, email_verified: false }, jwt: LINKING }))
        .failure?.code,
    ).toBe('user_unknown');
    const verified: PipelineCase = { claims: { ...claims, email_verified: true }, jwt: LINKING };
    expect((await harness.admit(verified)).attribution.userId).toBe('row-7');
    await harness.admit(verified);
    expect(harness.records.lookups.filter((one) => one.startsWith('email'))).toHaveLength(1);
    harness.records.users.delete('row-7');
    harness.records.feed.deliver('user', 'row-7');
    expect((await harness.evaluate(verified)).failure?.code).toBe('user_unknown');
  });

  it('never finds by its address the row of another identity, nor anything for a malformed id', async () => {
    const row = { userId: 'row-7', email: 'z@acme.example', boundIssuer: harness.issuer };
    const claims = { sub: 'mallory', email: 'z@acme.example', email_verified: true };
    harness.records.users.set('row-7', aUser({ ...row, boundSubject: 'victim' }));
    expect((await harness.evaluate({ claims, jwt: LINKING })).failure?.code).toBe('user_unknown');
    harness.records.users.set('row-7', aUser({ ...row, boundIssuer: null }));
    harness.records.feed.deliver('user', 'row-7');
    const fields = { userId: aClaim('id') };
    const malformed = { claims: { ...claims, id: ['mallory', 'm'] }, fields, jwt: LINKING };
    expect((await harness.evaluate(malformed)).failure?.code).toBe('token_invalid');
    const jwt = { ...LINKING, requireSub: false };
    const nameless = { claims: { ...claims, sub: undefined, id: 'm' }, fields, jwt };
    expect((await harness.evaluate(nameless)).failure?.code).toBe('user_unknown');
    expect((await harness.admit({ claims, jwt: LINKING })).attribution.userId).toBe('row-7');
  });

  it.each<[string, JwtSettings['linkByEmail']]>([
    ['no issuer', null],
    ['another issuer', ['https://other.example']],
    ['the issuer of a list of none', []],
  ])('takes no verified address for an account where that is on for %s', async (_whom, links) => {
    harness.records.users.set('row-7', aUser({ userId: 'row-7', email: 'z@acme.example' }));
    const claims = { sub: 'zoe', email: 'z@acme.example', email_verified: true };
    const jwt = { linkByEmail: links, userIdUpsert: true };
    const access = await harness.admit({ claims, jwt });
    expect(access.attribution.userId).toBe('zoe');
    await access.admission.commit();
    expect(harness.records.users.get('row-7')).toMatchObject({ boundIssuer: null });
    expect(harness.records.lookups.filter((one) => one.startsWith('email'))).toEqual([]);
    const absent = { claims, jwt, fields: { userId: aClaim('id') } };
    expect((await harness.admit(absent)).attribution.userId).toBeNull();
    const linking = { claims, jwt: { ...jwt, linkByEmail: [harness.issuer] } };
    harness.records.users.delete('zoe');
    const call = await harness.evaluate(linking);
    expect(call.access?.attribution.userId).toBe('row-7');
    expect(call.trace.steps).toContainEqual(
      expect.objectContaining({ config_key: 'gatehouse.jwt.link_by_verified_email' }),
    );
  });

  it('links a row that was found by its address to the identity, once', async () => {
    harness.records.users.set('row-7', aUser({ userId: 'row-7', email: 'z@acme.example' }));
    const claims = { sub: 'zoe', email: 'z@acme.example', email_verified: true };
    await (await harness.admit({ claims, jwt: LINKING })).admission.commit();
    harness.records.feed.deliver('user', 'row-7');
    expect(harness.records.users.get('row-7')).toMatchObject({
      boundIssuer: harness.issuer,
      boundSubject: 'zoe',
    });
    await (await harness.admit({ claims, jwt: LINKING })).admission.commit();
    expect(harness.records.written).toEqual(['binding row-7', 'membership research:row-7']);
    const other = { claims: { ...claims, sub: 'mallory' }, jwt: LINKING };
    expect((await harness.evaluate(other)).failure?.code).toBe('user_unknown');
  });

  it('needs the database only for rows', async () => {
    harness.records.isDown = true;
    expect((await harness.evaluate({})).failure).toEqual({
      code: 'database_unavailable',
      status: 503,
    });
    expect((await harness.evaluate({ token: MASTER_KEY })).failure).toBeNull();
    expect((await harness.evaluate({ token: 'a.b.c' })).failure?.code).toBe('token_invalid');
  });
});
