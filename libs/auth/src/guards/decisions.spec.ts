import { aTeam } from '#support/access-builders';
import { MASTER_KEY, startGuardedApp, type GuardedApp } from '#support/guarded-app';

describe('the guards on real routes', () => {
  let app: GuardedApp;

  beforeAll(async () => {
    app = await startGuardedApp();
  });

  afterAll(async () => {
    await app.stop();
  });

  beforeEach(() => {
    app.records.reset();
    app.records.teams.set('research', aTeam());
  });

  it('put a decision id on every answer of a guarded route and on no other', async () => {
    const seen = [
      await app.post('/v1/chat/completions').send('{"model":"gpt-4o"}'),
      await app.post('/v1/chat/completions', null),
      await app.post('/team/new').send('{}'),
    ].map((response) => response.headers['x-gatehouse-decision-id']);
    for (const id of seen) expect(id).toMatch(/^dec_[0-9a-f]{32}$/);
    expect(new Set(seen).size).toBe(3);
    const open = await app.get('/open', null);
    expect(open.headers['x-gatehouse-decision-id']).toBeUndefined();
    expect(open.body).toEqual({ trace: null });
  });

  it('explain any answer afterwards, to administrators alone', async () => {
    const idOf = (response: { headers: Record<string, string> }) =>
      response.headers['x-gatehouse-decision-id'] ?? '';
    const refused = idOf(await app.post('/team/new').send('{}'));
    const anonymous = idOf(await app.post('/team/new', null));
    const late = idOf(await app.post('/embeddings').send('{"model":"gpt-4o"}'));
    const allowed = idOf(await app.post('/v1/chat/completions').send('{"model":"gpt-4o"}'));
    const decision = async (id: string) => (await app.get(`/decisions/${id}`, MASTER_KEY)).body;
    expect(await decision(refused)).toMatchObject({
      decision_id: refused,
      allowed: false,
      status: 403,
      reason: 'route_not_allowed',
      principal: { kind: 'jwt', issuer: app.server.origin, user_id: 'alice', team_id: 'research' },
    });
    expect(await decision(anonymous)).toMatchObject({
      allowed: false,
      status: 401,
      principal: null,
    });
    expect(await decision(late)).toMatchObject({
      allowed: true,
      status: 500,
      reason: 'internal_error',
    });
    expect(await decision(allowed)).toMatchObject({
      allowed: true,
      status: 201,
      reason: null,
      team_candidates: [{ team_id: 'research', chosen: true }],
      allowed_models: ['gpt-4o'],
    });
    expect((await app.get(`/decisions/${refused}`, app.tokenOf())).status).toBe(403);
    expect((await app.get('/decisions/nonsense', MASTER_KEY)).status).toBe(404);
  });

  it('agree with POST /auth/explain, which writes nothing', async () => {
    for (const claims of [{}, { team: 'nowhere' }, { sub: 'fresh' }, { team: undefined }]) {
      for (const route of ['/v1/chat/completions', '/team/new']) {
        const token = app.tokenOf(claims);
        const explained = await app.post('/auth/explain', MASTER_KEY).send({
          token,
          route,
          model: 'gpt-4o',
        });
        expect(explained.status).toBe(200);
        expect(app.records.written).toEqual([]);
        const real = await app.post(route, token).send('{"model":"gpt-4o"}');
        expect(explained.body.allowed).toBe(real.status < 300);
        if (!explained.body.allowed) {
          expect([explained.body.status, explained.body.reason]).toEqual([
            real.status,
            real.body.code,
          ]);
        }
      }
    }
  });

  it('refuse explanations to callers that are not administrators', async () => {
    const response = await app.post('/auth/explain').send({ token: 'x' });
    expect([response.status, response.body.code]).toEqual([403, 'route_not_allowed']);
  });
});
