import { DecisionTrace } from '#libs/access';
import { isGatehouseError } from '#libs/common';
import { anAttack, LOCAL, MASTER_KEY, STRANGER } from '#support/attack-harness';
import { aHarness, type CredentialHarness } from '#support/credential-harness';
import { anIssuer } from '#support/jwt-settings';
import type { KeyServer } from '#support/key-server';
import { signToken } from '#support/signing';
import { Authenticator } from './authenticator.js';
import { CredentialsModule } from './credentials.module.js';
import { overHarnessRows } from '#support/credential-harness';

const attack = anAttack();
const { claims, good, result } = attack;
let server: KeyServer;
let attacker: KeyServer;

beforeAll(async () => {
  ({ server, attacker } = await attack.start());
});

afterAll(async () => {
  await attack.stop();
});

afterEach(() => {
  expect(attacker.fetches).toBe(0);
});

describe('the master key', () => {
  test('is accepted in any form, and a similar string is not', async () => {
    expect(await result(MASTER_KEY)).toBe('accepted null');
    expect(await result(`${MASTER_KEY}x`)).toBe('key_unknown');
    expect(await result(MASTER_KEY.toUpperCase())).toBe('token_invalid');
  });
});

describe('other settings', () => {
  const token = async (target: CredentialHarness, credential: string, headers: object = {}) => {
    const authenticator = target.module.get(Authenticator);
    const trace = new DecisionTrace('dec_test');
    const all = { authorization: `Bearer ${credential}`, ...headers };
    return Promise.try(() => authenticator.authenticate(all, LOCAL, trace)).then(
      ({ kind }) => kind,
      (error: unknown) => (isGatehouseError(error) ? error.code : String(error)),
    );
  };

  test('refuse tokens where JWT authentication is off, and never fetch a key', async () => {
    const before = server.fetches;
    const off = await aHarness(overHarnessRows(CredentialsModule), {
      jwt: { enabled: false, issuers: [anIssuer({ keyUrls: [server.jwksUrl] })] },
    });
    expect(await token(off, good())).toBe('token_invalid');
    expect(server.fetches).toBe(before);
    await off.close();
  });

  test('accept any issuer and audience where none is configured, still by its keys alone', async () => {
    const open = await aHarness(overHarnessRows(CredentialsModule), {
      jwt: { issuers: [anIssuer({ keyUrls: [server.jwksUrl] })] },
    });
    expect(await token(open, good({}, { iss: 'x', aud: undefined }))).toBe('jwt');
    expect(await token(open, good({}, { iss: 5 }))).toBe('token_invalid');
    expect(await token(open, signToken(STRANGER, { payload: claims() }))).toBe('token_invalid');
    await open.close();
  });

  test('with a sample master key accept it from this machine alone', async () => {
    const sample = await aHarness(overHarnessRows(CredentialsModule), { masterKey: 'sk-1234' });
    expect(await token(sample, 'sk-1234')).toBe('master_key');
    expect(await token(sample, 'sk-1234', { 'x-forwarded-for': '127.0.0.1' })).toBe(
      'token_invalid',
    );
    const remote = sample.module.get(Authenticator);
    await expect(
      remote.authenticate(
        { 'x-api-key': 'sk-1234' },
        { remoteAddress: '10.0.0.1' },
        new DecisionTrace('d'),
      ),
    ).rejects.toMatchObject({ code: 'token_invalid' });
    await sample.close();
  });

  test('read the credential from the header that they name, and from no other', async () => {
    const own = await aHarness(overHarnessRows(CredentialsModule), {
      masterKey: MASTER_KEY,
      access: { keyHeaderName: 'x-my-key' },
    });
    const trace = new DecisionTrace('dec_test');
    const authenticator = own.module.get(Authenticator);
    const headers = { 'x-my-key': MASTER_KEY, authorization: 'Basic YTpi' };
    expect((await authenticator.authenticate(headers, LOCAL, trace)).kind).toBe('master_key');
    expect(trace.steps[0]).toMatchObject({
      detail: 'one credential, in the header x-my-key',
      config_key: 'general_settings.litellm_key_header_name',
    });
    expect(await token(own, MASTER_KEY)).toBe('credential_missing');
    await own.close();
  });
});
