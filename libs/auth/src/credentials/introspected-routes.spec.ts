import { DecisionTrace, requestedRoute } from '#libs/access';
import { PipelineModule } from '#libs/auth';
import { isGatehouseError } from '#libs/common';
import { settingsFromYaml } from '#libs/config';
import { aHarness, overHarnessRows } from '#support/credential-harness';
import { KeyServer } from '#support/key-server';
import { aSigningKey, signToken } from '#support/signing';
import { Authenticator } from './authenticator.js';

const KEY = aSigningKey();

/** What the repeated uses of one token on a route come to before it is used on model routes. */
type Use = readonly [method: string, target: string];

describe('a token that is introspected on model routes alone', () => {
  let server: KeyServer;
  let harness: Awaited<ReturnType<typeof aHarness>>;

  beforeAll(async () => {
    server = await KeyServer.start(KEY.publicJwk);
    server.behaviour = (request, response) => {
      response.setHeader('content-type', 'application/json');
      const answer = request.url === '/jwks' ? { keys: [KEY.publicJwk] } : { active: false };
      response.end(JSON.stringify(answer));
    };
    harness = await aHarness(overHarnessRows(PipelineModule));
    const yaml = `
general_settings:
  enable_jwt_auth: true
  litellm_jwtauth:
    user_id_jwt_field: sub
    routing_overrides: [{ iss: '${server.origin}', path: oauth2 }]
gatehouse:
  introspection: { endpoint: '${server.origin}/introspect', client_id: gatehouse, client_secret: a-secret }
`;
    harness.settings.swap(settingsFromYaml(yaml, { JWT_PUBLIC_KEY_URL: server.jwksUrl }));
  });
  afterAll(async () => {
    await harness.close();
    await server.stop();
  });

  it.each<Use>([
    ['POST', '/team/new'],
    ['GET', '/user/list'],
    ['POST', '/key/generate'],
  ])('is refused there by the server, however often it was used on %s %s', async (...other) => {
    const token = aToken();
    for (let count = 0; count < 3; count++) expect(await use(token, other)).toBe('jwt alice');
    expect(await use(token, ['POST', '/v1/chat/completions'])).toBe('token_invalid');
    expect(await use(token, other)).toBe('jwt alice');
  });

  function aToken(): string {
    const now = harness.clock.seconds;
    const payload = { iss: server.origin, sub: 'alice', iat: now, exp: now + 600 };
    return signToken(KEY, { payload: { ...payload, jti: crypto.randomUUID() } });
  }

  /** Returns kind and subject of the caller, or the code of the refusal. */
  async function use(token: string, [method, target]: Use): Promise<string> {
    const call = { remoteAddress: '127.0.0.1', target, route: requestedRoute(method, target) };
    const headers = { authorization: [`Bearer ${token}`] };
    try {
      const authenticator = harness.module.get(Authenticator);
      const caller = await authenticator.authenticate(headers, call, new DecisionTrace('dec_test'));
      return `${caller.kind} ${String(caller.subject)}`;
    } catch (error) {
      if (isGatehouseError(error)) return error.code;
      throw error;
    }
  }
});
