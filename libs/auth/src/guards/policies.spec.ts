import type { PolicySettings } from '#libs/config';
import { aTeam } from '#support/access-builders';
import { MASTER_KEY, startGuardedApp, type GuardedApp } from '#support/guarded-app';

const CHAT = '{"model":"gpt-4o"}';
const aDeny = (when: string): { readonly policies: readonly PolicySettings[] } => ({
  policies: [{ name: 'p', when, effect: 'deny', reason: 'Not now.', mode: 'enforce' }],
});

describe('the last guard on real routes', () => {
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

  it('writes no row for a caller that a policy refuses', async () => {
    await app.withAccess(aDeny('request.method == "GET"'), async () => {
      const refused = await app.get('/v1/models', app.tokenOf());
      expect([refused.status, refused.body.code]).toEqual([403, 'policy_denied']);
      expect(app.records.written).toEqual([]);
    });
    const admitted = await app.get('/v1/models', app.tokenOf());
    expect(admitted.body.written).not.toEqual([]);
  });

  it('lets policies see the model of a body, relayed or parsed', async () => {
    await app.withAccess(aDeny('request.model == "gpt-4o"'), async () => {
      for (const path of ['/v1/chat/completions', '/moderations']) {
        const refused = await app.post(path).send(CHAT);
        expect([path, refused.body.code]).toEqual([path, 'policy_denied']);
        const admitted = await app.post(path).send('{"model":"other"}');
        expect([path, admitted.status]).toEqual([path, 201]);
      }
    });
  });

  it('refuses by policy before it reads a body that nothing is evaluated by', async () => {
    await app.withAccess(aDeny('request.route == "/team/new"'), async () => {
      const refused = await app.post('/team/new', MASTER_KEY).send('{ not json');
      expect([refused.status, refused.body.code]).toEqual([403, 'policy_denied']);
    });
  });

  it('hands handlers of public routes the access context of an anonymous caller', async () => {
    await app.withAccess({ publicRoutes: ['/team/new', '/chat/completions'] }, async () => {
      const parsed = await app.post('/team/new', null).send('{"team_id":"t"}');
      expect(parsed.body).toEqual({ body: { team_id: 't' }, role: 'internal_user_viewer' });
      const relayed = await app.post('/v1/chat/completions', null).send(CHAT);
      expect([relayed.status, relayed.body.model]).toEqual([201, 'gpt-4o']);
      expect(relayed.headers['x-gatehouse-decision-id']).toMatch(/^dec_/);
      expect(app.records.written).toEqual([]);
      expect((await app.post('/embeddings', null).send(CHAT)).status).toBe(401);
    });
  });
});
