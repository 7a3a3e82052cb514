import { Body, Catch, Controller, Get, Global, Module, Post, Req } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter, INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { NextFunction, Request, Response } from 'express';
import request from 'supertest';
import {
  Access,
  attachRequestState,
  Public,
  RelaysBody,
  requestStateOf,
  type AccessContext,
} from '#libs/access';
import { Clock, isGatehouseError, newRequestId, SystemClock } from '#libs/common';
import { SettingsStore, settingsFromYaml } from '#libs/config';
import { ChangeFeed, Database } from '#libs/database';
import { EndUsersService } from '#libs/end-users';
import { OrganizationsService } from '#libs/orgs';
import { TeamsService } from '#libs/teams';
import { UsersService } from '#libs/users';
import { aTeam } from '#support/access-builders';
import { KeyServer } from '#support/key-server';
import { RecordsBench } from '#support/records-bench';
import { aSigningKey, signToken } from '#support/signing';
import { AuthModule } from '../auth.module.js';

const MASTER_KEY = 'sk-a-long-master-key-for-tests';
const BODY_LIMIT_BYTES = 1_024;
const records = new RecordsBench();

@Controller()
class ProbeController {
  @Post('v1/chat/completions')
  @RelaysBody()
  relay(@Req() incoming: Request): object {
    const { body, scan } = requestStateOf(incoming);
    return {
      bytes: body?.toString('utf8'),
      model: scan?.value('model'),
      isParsed: incoming.body !== undefined,
      written: records.written,
    };
  }

  @Post('openai/deployments/:model/chat/completions')
  @RelaysBody()
  relayToDeployment(): object {
    return {};
  }

  @Post('embeddings')
  @RelaysBody()
  refuseLate(): never {
    throw new TypeError('refused by the handler');
  }

  @Post('moderations')
  takeModel(@Body() body: object): object {
    return body;
  }

  @Post('team/new')
  create(@Body() body: object, @Access() access: AccessContext): object {
    return { body, role: access.role };
  }

  @Get('v1/models')
  list(): object {
    return { written: records.written };
  }

  @Public()
  @Get('open')
  open(@Req() incoming: Request): object {
    return { trace: requestStateOf(incoming).trace ?? null };
  }
}

@Catch()
class TestFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const code = isGatehouseError(error) ? error.code : 'internal_error';
    requestStateOf(host.switchToHttp().getRequest<object>()).log['reason'] = code;
    const hasCause = error instanceof Error && error.cause !== undefined;
    response.status(isGatehouseError(error) ? error.status : 500).json({ code, hasCause });
  }
}

describe('the guards on real routes', () => {
  const key = aSigningKey();
  let server: KeyServer;
  let app: INestApplication | undefined;

  beforeAll(async () => {
    server = await KeyServer.start(key.publicJwk);
    const settings = settingsFromYaml(
      `
model_list:
  - model_name: gpt-4o
    litellm_params: { model: openai/gpt-4o, api_key: secret }
general_settings:
  master_key: ${MASTER_KEY}
  enable_jwt_auth: true
  litellm_jwtauth: { user_id_jwt_field: sub, team_id_jwt_field: team, user_id_upsert: true }
gatehouse: { server: { body_limit_bytes: ${String(BODY_LIMIT_BYTES)} } }`,
      { JWT_PUBLIC_KEY_URL: server.jwksUrl },
    );
    const globals = [
      { provide: SettingsStore, useValue: new SettingsStore(settings) },
      { provide: Clock, useClass: SystemClock },
      ...records.providers().filter((one) => 'provide' in one && isGlobal(one.provide)),
    ];

    @Global()
    @Module({
      providers: globals,
      exports: globals.map((one) => ('provide' in one ? one.provide : one)),
    })
    class GlobalsModule {}

    let building = Test.createTestingModule({
      imports: [GlobalsModule, AuthModule],
      controllers: [ProbeController],
    });
    for (const service of [UsersService, TeamsService, OrganizationsService, EndUsersService]) {
      const fake = records.providers().find((one) => 'provide' in one && one.provide === service);
      building = building
        .overrideProvider(service)
        .useValue(fake !== undefined && 'useValue' in fake ? fake.useValue : null);
    }
    const module = await building.compile();
    const running = module.createNestApplication({ bodyParser: false });
    app = running;
    running.use((incoming: Request, _response: Response, next: NextFunction) => {
      attachRequestState(incoming, {
        requestId: newRequestId(),
        clientRequestId: null,
        startedAtMs: performance.now(),
        log: {},
      });
      next();
    });
    running.useGlobalFilters(new TestFilter());
    await running.listen(0, '127.0.0.1');
  });

  afterAll(async () => {
    await app?.close();
    await server.stop();
  });

  beforeEach(() => {
    records.reset();
    records.teams.set('research', aTeam());
  });

  function tokenOf(claims: Record<string, unknown> = {}): string {
    const now = Math.floor(Date.now() / 1000);
    const payload = {
      iss: server.origin,
      sub: 'alice',
      team: 'research',
      exp: now + 60,
      ...claims,
    };
    return signToken(key, { payload });
  }

  async function withBodyLimit(bodyLimitBytes: number, work: () => Promise<void>): Promise<void> {
    const settings = app?.get(SettingsStore);
    if (settings === undefined) throw new Error('the application is not running');
    const before = settings.current;
    settings.swap({ ...before, server: { ...before.server, bodyLimitBytes } });
    try {
      await work();
    } finally {
      settings.swap(before);
    }
  }

  const http = () => app?.getHttpServer();
  const post = (path: string, token: string | null = tokenOf()) => {
    const call = request(http()).post(path);
    return token === null ? call : call.set('authorization', `Bearer ${token}`);
  };
  const get = (path: string, token: string) =>
    request(http()).get(path).set('authorization', `Bearer ${token}`);

  it('hand the very bytes to a handler that relays, and write nothing for it', async () => {
    const bytes = '{ "model" : "gpt-4o", "x":1.0 }';
    const { status, body } = await post('/v1/chat/completions').send(bytes);
    expect(status).toBe(200 + 1);
    expect(body).toEqual({ bytes, model: 'gpt-4o', isParsed: false, written: [] });
  });

  it('hand the parsed body to other handlers', async () => {
    const { body } = await post('/team/new', MASTER_KEY).send('{"team_id":"t"}');
    expect(body).toEqual({ body: { team_id: 't' }, role: 'proxy_admin' });
    expect((await post('/team/new', MASTER_KEY)).body.body).toEqual({});
  });

  it('make the rows of a first call before a handler that relays nothing', async () => {
    const { body } = await get('/v1/models', tokenOf());
    expect(body.written).toEqual(['user alice', 'membership research:alice']);
  });

  it('refuse whoever sends no credential, before looking at the body', async () => {
    const { status, body } = await post('/v1/chat/completions', null).send('{ not json');
    expect([status, body.code]).toEqual([401, 'credential_missing']);
    const large = await post('/v1/chat/completions', null).send('x'.repeat(BODY_LIMIT_BYTES * 2));
    expect(large.status).toBe(401);
  });

  it.each([
    ['no JSON', '{ not json', 400, 'request_invalid'],
    ['nothing', '', 400, 'request_invalid'],
    ['an array', '[]', 400, 'request_invalid'],
    ['a duplicate member', '{"model":"a","model":"b"}', 400, 'request_invalid'],
    ['too much', `{"model":"${'x'.repeat(BODY_LIMIT_BYTES)}"}`, 413, 'body_too_large'],
  ])('refuse a body that is %s', async (_name, sent, status, code) => {
    const answer = await post('/v1/chat/completions').send(sent);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(records.written).toEqual([]);
  });

  it('let no spelling of a path that only the router knows reach a relay', async () => {
    for (const path of [
      '/V1/chat/completions',
      '/v1/Chat/Completions',
      '/EMBEDDINGS',
      '/openai/Deployments/gpt-4o/chat/completions',
      '/openai/deployments/gpt-4o/chat/Completions',
    ]) {
      const answer = await post(path, MASTER_KEY).send('{"model":"gpt-4o"}');
      expect([path, answer.status, answer.body.code]).toEqual([path, 404, 'not_found']);
    }
    const path = '/openai/deployments/gpt-4o/chat/completions';
    expect((await post(path, MASTER_KEY).send('{"model":"gpt-4o"}')).status).toBe(201);
  });

  it('let no spelling of a path that only the router knows reach any other handler', async () => {
    for (const path of ['/Team/new', '/TEAM/NEW']) {
      expect((await post(path, MASTER_KEY).send('{}')).body.code).toBe('not_found');
    }
    expect((await get('/DECISIONS/nonsense', MASTER_KEY)).body.code).toBe('not_found');
  });

  it('judge the model that a parsed body names, on routes that call models', async () => {
    records.teams.set('research', aTeam({ models: ['other'] }));
    const answer = await post('/moderations').send('{"model":"gpt-4o"}');
    expect([answer.status, answer.body.code]).toEqual([403, 'model_not_allowed']);
  });

  it('judge who may use a route before reading a body that a handler takes parsed', async () => {
    for (const sent of ['{ not json', `{"a":"${'x'.repeat(2 * BODY_LIMIT_BYTES)}"}`]) {
      const answer = await post('/team/new').send(sent);
      expect([answer.status, answer.body.code]).toEqual([403, 'route_not_allowed']);
    }
  });

  it('refuse with 400 a parsed body that is broken below the depth to which large ones are scanned', async () => {
    await withBodyLimit(4_194_304, async () => {
      const filler = 'x'.repeat(20_000);
      for (const broken of ['{nonsense}', '[1,]', '{"a" 1}', String.raw`["\q"]`]) {
        const answer = await post('/team/new', MASTER_KEY).send(`{"f":"${filler}","a":${broken}}`);
        expect([answer.status, answer.body]).toEqual([
          400,
          { code: 'request_invalid', hasCause: false },
        ]);
      }
    });
  });

  it('accept 1 MiB at most for handlers that take a parsed body, and the configured limit for relays', async () => {
    await withBodyLimit(4_194_304, async () => {
      const sent = JSON.stringify({ model: 'gpt-4o', f: 'x'.repeat(1_048_576) });
      const answer = await post('/team/new', MASTER_KEY).send(sent);
      expect([answer.status, answer.body.code]).toEqual([413, 'body_too_large']);
      expect((await post('/v1/chat/completions').send(sent)).status).toBe(201);
    });
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'refuse the member %s in bodies and queries of handlers that take a DTO',
    async (name) => {
      for (const call of [
        post('/team/new', MASTER_KEY).send(`{"${name}":{}}`),
        post('/team/new', MASTER_KEY).send(`{"metadata":{"${name}":1}}`),
        get(`/v1/models?${name}=1`, MASTER_KEY),
      ]) {
        const answer = await call;
        expect([answer.status, answer.body.code]).toEqual([400, 'request_invalid']);
      }
    },
  );

  it('put a decision id on every answer of a guarded route and on no other', async () => {
    const seen = [
      await post('/v1/chat/completions').send('{"model":"gpt-4o"}'),
      await post('/v1/chat/completions', null),
      await post('/team/new').send('{}'),
    ].map((answer) => answer.headers['x-gatehouse-decision-id']);
    for (const id of seen) expect(id).toMatch(/^dec_[0-9a-f]{32}$/);
    expect(new Set(seen).size).toBe(3);
    const open = await request(http()).get('/open');
    expect(open.headers['x-gatehouse-decision-id']).toBeUndefined();
    expect(open.body).toEqual({ trace: null });
  });

  it('explain any answer afterwards, to administrators alone', async () => {
    const idOf = (answer: { headers: Record<string, string> }) =>
      answer.headers['x-gatehouse-decision-id'] ?? '';
    const refused = idOf(await post('/team/new').send('{}'));
    const anonymous = idOf(await post('/team/new', null));
    const late = idOf(await post('/embeddings').send('{"model":"gpt-4o"}'));
    const allowed = idOf(await post('/v1/chat/completions').send('{"model":"gpt-4o"}'));
    const decision = async (id: string) => (await get(`/decisions/${id}`, MASTER_KEY)).body;
    expect(await decision(refused)).toMatchObject({
      decision_id: refused,
      allowed: false,
      status: 403,
      reason: 'route_not_allowed',
      principal: { kind: 'jwt', issuer: server.origin, user_id: 'alice', team_id: 'research' },
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
    expect((await get(`/decisions/${refused}`, tokenOf())).status).toBe(403);
    expect((await get('/decisions/nonsense', MASTER_KEY)).status).toBe(404);
  });

  it('agree with POST /auth/explain, which writes nothing', async () => {
    for (const claims of [{}, { team: 'nowhere' }, { sub: 'fresh' }, { team: undefined }]) {
      for (const route of ['/v1/chat/completions', '/team/new']) {
        const token = tokenOf(claims);
        const explained = await post('/auth/explain', MASTER_KEY).send({
          token,
          route,
          model: 'gpt-4o',
        });
        expect(explained.status).toBe(200);
        expect(records.written).toEqual([]);
        const real = await post(route, token).send('{"model":"gpt-4o"}');
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

  it('let nobody but administrators ask for explanations', async () => {
    const answer = await post('/auth/explain').send({ token: 'x' });
    expect([answer.status, answer.body.code]).toEqual([403, 'route_not_allowed']);
  });
});

function isGlobal(token: unknown): boolean {
  return token === Database || token === ChangeFeed;
}
