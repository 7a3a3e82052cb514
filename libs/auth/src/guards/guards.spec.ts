import { aTeam } from '#support/access-builders';
import {
  BODY_LIMIT_BYTES,
  MASTER_KEY,
  startGuardedApp,
  type GuardedApp,
} from '#support/guarded-app';

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

  it('hand the very bytes to a handler that relays, and write nothing for it', async () => {
    const bytes = '{ "model" : "gpt-4o", "x":1.0 }';
    const { status, body } = await app.post('/v1/chat/completions').send(bytes);
    expect(status).toBe(200 + 1);
    expect(body).toEqual({ bytes, model: 'gpt-4o', isParsed: false, written: [] });
  });

  it('hand the parsed body to other handlers', async () => {
    const { body } = await app.post('/team/new', MASTER_KEY).send('{"team_id":"t"}');
    expect(body).toEqual({ body: { team_id: 't' }, role: 'proxy_admin' });
    expect((await app.post('/team/new', MASTER_KEY)).body.body).toEqual({});
  });

  it('make the rows of a first call before a handler that relays nothing', async () => {
    const { body } = await app.get('/v1/models', app.tokenOf());
    expect(body.written).toEqual(['user alice', 'membership research:alice']);
  });

  it('refuse a caller without a credential before they read the body', async () => {
    const { status, body } = await app.post('/v1/chat/completions', null).send('{ not json');
    expect([status, body.code]).toEqual([401, 'credential_missing']);
    const large = await app
      .post('/v1/chat/completions', null)
      .send('x'.repeat(BODY_LIMIT_BYTES * 2));
    expect(large.status).toBe(401);
  });

  it.each([
    ['no JSON', '{ not json', 400, 'request_invalid'],
    ['nothing', '', 400, 'request_invalid'],
    ['an array', '[]', 400, 'request_invalid'],
    ['a duplicate member', '{"model":"a","model":"b"}', 400, 'request_invalid'],
    ['too much', `{"model":"${'x'.repeat(BODY_LIMIT_BYTES)}"}`, 413, 'body_too_large'],
  ])('refuse a body that is %s', async (_name, sent, status, code) => {
    const response = await app.post('/v1/chat/completions').send(sent);
    expect([response.status, response.body.code]).toEqual([status, code]);
    expect(app.records.written).toEqual([]);
  });

  it('let no spelling of a path that only the router knows reach a relay', async () => {
    for (const path of [
      '/V1/chat/completions',
      '/v1/Chat/Completions',
      '/EMBEDDINGS',
      '/openai/Deployments/gpt-4o/chat/completions',
      '/openai/deployments/gpt-4o/chat/Completions',
    ]) {
      const response = await app.post(path, MASTER_KEY).send('{"model":"gpt-4o"}');
      expect([path, response.status, response.body.code]).toEqual([path, 404, 'not_found']);
    }
    const path = '/openai/deployments/gpt-4o/chat/completions';
    expect((await app.post(path, MASTER_KEY).send('{"model":"gpt-4o"}')).status).toBe(201);
  });

  it('let no spelling of a path that only the router knows reach any other handler', async () => {
    for (const path of ['/Team/new', '/TEAM/NEW']) {
      expect((await app.post(path, MASTER_KEY).send('{}')).body.code).toBe('not_found');
    }
    expect((await app.get('/DECISIONS/nonsense', MASTER_KEY)).body.code).toBe('not_found');
  });

  it('evaluate the model that a parsed body names, on routes that call models', async () => {
    app.records.teams.set('research', aTeam({ models: ['other'] }));
    const response = await app.post('/moderations').send('{"model":"gpt-4o"}');
    expect([response.status, response.body.code]).toEqual([403, 'model_not_allowed']);
  });

  it('evaluate who may use a route before reading a body that a handler takes parsed', async () => {
    for (const sent of ['{ not json', `{"a":"${'x'.repeat(2 * BODY_LIMIT_BYTES)}"}`]) {
      const response = await app.post('/team/new').send(sent);
      expect([response.status, response.body.code]).toEqual([403, 'route_not_allowed']);
    }
  });

  it('refuse with 400 a parsed body that is broken below the depth to which large ones are scanned', async () => {
    await app.withBodyLimit(4_194_304, async () => {
      const filler = 'x'.repeat(20_000);
      for (const broken of ['{nonsense}', '[1,]', '{"a" 1}', String.raw`["\q"]`]) {
        const response = await app
          .post('/team/new', MASTER_KEY)
          .send(`{"f":"${filler}","a":${broken}}`);
        expect([response.status, response.body]).toEqual([
          400,
          { code: 'request_invalid', hasCause: false },
        ]);
      }
    });
  });

  it('accept 1 MiB at most for handlers that take a parsed body, and the configured limit for relays', async () => {
    await app.withBodyLimit(4_194_304, async () => {
      const sent = JSON.stringify({ model: 'gpt-4o', f: 'x'.repeat(1_048_576) });
      const response = await app.post('/team/new', MASTER_KEY).send(sent);
      expect([response.status, response.body.code]).toEqual([413, 'body_too_large']);
      expect((await app.post('/v1/chat/completions').send(sent)).status).toBe(201);
    });
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'refuse the member %s in bodies and queries of handlers that take a DTO',
    async (name) => {
      for (const call of [
        app.post('/team/new', MASTER_KEY).send(`{"${name}":{}}`),
        app.post('/team/new', MASTER_KEY).send(`{"metadata":{"${name}":1}}`),
        app.get(`/v1/models?${name}=1`, MASTER_KEY),
      ]) {
        const response = await call;
        expect([response.status, response.body.code]).toEqual([400, 'request_invalid']);
      }
    },
  );
});
