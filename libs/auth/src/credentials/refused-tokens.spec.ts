import { DecisionTrace } from '#libs/access';
import { anAttack, EC, STRANGER } from '#support/attack-harness';
import type { CredentialHarness } from '#support/credential-harness';
import type { KeyServer } from '#support/key-server';
import { signToken } from '#support/signing';
import { Authenticator } from './authenticator.js';

const attack = anAttack();
const { claims, good, result } = attack;
let server: KeyServer;
let attacker: KeyServer;
let harness: CredentialHarness;

beforeAll(async () => {
  ({ server, attacker, harness } = await attack.start());
});

afterAll(async () => {
  await attack.stop();
});

afterEach(() => {
  expect(attacker.fetches).toBe(0);
});

describe('a token in another form is refused', () => {
  test.each<[string, () => string]>([
    ['with padding', () => `${good()}=`],
    ['with an illegal character', () => good().replace('.', '.!')],
    ['with a space in it', () => good().replace('.', '. ')],
    ['with an empty payload', () => good().replace(/\.[^.]+\./, '..')],
    ['with a header that is not JSON', () => `e30x.${good().split('.').slice(1).join('.')}`],
    [
      'nested in another',
      () => signToken(EC, { header: { cty: 'JWT' }, payload: Buffer.from(good()) }),
    ],
  ])('%s', async (_what, token) => {
    expect(await result(token())).toMatch(/^(token_invalid|credential_malformed)$/);
  });

  test('with other trailing bits in any segment', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const token = good();
    const last = alphabet.indexOf(token.at(-1) ?? 'A');
    const variant = `${token.slice(0, -1)}${String(alphabet[last ^ 1])}`;
    expect(await result(token)).toBe('accepted alice');
    expect(await result(variant)).toBe('token_invalid');
  });

  test.each<[string, Buffer]>([
    ['two members of one name', Buffer.from('{"iss":"a","iss":"b"}')],
    ['a member repeated in disguise', Buffer.from('{"iss":"a","\\u0069ss":"b"}')],
    ['two objects', Buffer.from('{}{}')],
    ['a list', Buffer.from('[]')],
    ['null', Buffer.from('null')],
    ['a number', Buffer.from('1e999')],
    ['invalid UTF-8', Buffer.from('7b22ff223a317d', 'hex')],
    ['a byte-order mark', Buffer.from('\ufeff{}')],
    ['deep nesting', Buffer.from(`{"a":${'['.repeat(2_500)}${']'.repeat(2_500)}}`)],
  ])('whose signed payload is %s', async (_what, payload) => {
    expect(await result(signToken(EC, { payload }))).toBe('token_invalid');
  });

  test('whose duplicate members hide in an otherwise valid payload', async () => {
    const text = JSON.stringify(claims());
    const doubled = Buffer.from(`${text.slice(0, -1)},"s\\u0075b":"root"}`);
    expect(await result(signToken(EC, { payload: doubled }))).toBe('token_invalid');
  });

  test('in five parts, unread', async () => {
    expect(await result('a.b.c.d.e')).toBe('token_invalid');
  });

  test.each(['', 'a', 'a.b', 'a.b.c.d', 'a.b.c.d.e.f', '{"payload":"x"}', 'SK-1234'])(
    'as %j, which no resolver accepts',
    async (token) => {
      expect(await result(token)).toBe('credential_malformed');
    },
  );

  test.each(['sk-1234', 'sk-a.b.c', 'sk-a.b.c.d.e'])(
    'as %j, which begins like a key and is evaluated as nothing else (threat C11)',
    async (token) => {
      expect(await result(token)).toBe('key_unknown');
    },
  );
});

describe('claims that do not hold are refused', () => {
  test.each<[string, () => object, string]>([
    ['another issuer', () => ({ iss: 'https://evil.example' }), 'issuer_unknown'],
    ['an issuer with a slash behind it', () => ({ iss: `${server.origin}/` }), 'issuer_unknown'],
    ['no issuer', () => ({ iss: undefined }), 'issuer_unknown'],
    ['a list of issuers', () => ({ iss: [server.origin] }), 'issuer_unknown'],
    ['another audience', () => ({ aud: 'other' }), 'token_invalid'],
    ['no audience', () => ({ aud: undefined }), 'token_invalid'],
    ['no expiry', () => ({ exp: undefined }), 'token_invalid'],
    ['an absurd expiry', () => ({ exp: 1e30 }), 'token_invalid'],
    ['a past expiry', () => ({ exp: harness.clock.seconds }), 'token_expired'],
    ['a future start', () => ({ nbf: harness.clock.seconds + 1 }), 'token_invalid'],
    ['a future issue', () => ({ iat: harness.clock.seconds + 1 }), 'token_invalid'],
  ])('%s', async (_what, over, code) => {
    expect(await result(good({}, over()))).toBe(code);
  });

  test('and expiry shows only for tokens that are otherwise in order', async () => {
    const past = { exp: harness.clock.seconds - 1 };
    expect(await result(signToken(STRANGER, { payload: claims(past) }))).toBe('token_invalid');
    expect(await result(good({}, { ...past, aud: 'other' }))).toBe('token_invalid');
  });
});

describe('a refusal', () => {
  test('has one sentence for every problem of a token, and quotes nothing of it', async () => {
    const tokens = [
      good({ alg: 'none' }),
      good({ kid: 'marker-kid' }),
      good({}, { aud: 'marker-aud' }),
      good({}, { iss: 'marker-iss' }),
      signToken(STRANGER, { payload: claims() }),
    ];
    const authenticator = harness.module.get(Authenticator);
    const sentences = await Promise.all(
      tokens.map((token) => {
        const trace = new DecisionTrace('dec_test');
        const refused = Promise.try(() => authenticator.authenticateToken(token, null, trace));
        return refused.then(
          () => 'accepted',
          (error: unknown) => (error instanceof Error ? error.message : 'no error'),
        );
      }),
    );
    expect(new Set(sentences).size).toBe(1);
    expect(sentences.join()).not.toContain('marker');
  });

  test('is a step of the trace that says why and which setting made it so', async () => {
    const trace = new DecisionTrace('dec_test');
    await result(good({}, { aud: 'marker-aud' }), trace);
    expect(trace.steps.at(-1)).toEqual({
      guard: 'jwt-auth',
      outcome: 'refused',
      detail: 'token_invalid: the audience of the token is not the configured one',
      config_key: 'JWT_AUDIENCE',
    });
    expect(JSON.stringify(trace.steps)).not.toContain('marker');
  });

  test('for size comes before anything is parsed', async () => {
    const { maxTokenBytes } = harness.settings.current.jwt;
    expect(await result('a'.repeat(maxTokenBytes + 1))).toBe('headers_too_large');
    expect(await result('a'.repeat(maxTokenBytes))).toBe('credential_malformed');
  });
});
