import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import { keyIdOf } from '../entities/key-text.js';
import { KEY_NOT_ENFORCED } from './key-limits.js';
import {
  CreateKeyMappingRequest,
  keyMappingChangesOf,
  newKeyMappingOf,
  UpdateKeyMappingRequest,
} from './key-mapping.request.js';
import { keyChangesOf, newKeyOf } from './key-values.request.js';
import {
  DeleteKeysRequest,
  GenerateKeyRequest,
  KeyInfoRequest,
  RegenerateKeyRequest,
  UpdateKeyRequest,
} from './key.request.js';
import { keyQueryOf, ListKeysRequest } from './list-keys.request.js';

type RequestClass<T extends object> = new () => T;

const KEY = 'sk-0123456789abcdef';
const ID = keyIdOf(KEY);
const now = new Date('2026-01-01T00:00:00.000Z');

async function messagesOf<T extends object>(
  type: RequestClass<T>,
  body: object,
): Promise<string[]> {
  const errors = await validate(plainToInstance(type, body), {
    whitelist: true,
    forbidNonWhitelisted: true,
  });
  return errors.flatMap((error) => Object.values(error.constraints ?? {}));
}

const values = (body: object): Partial<GenerateKeyRequest> =>
  plainToInstance(GenerateKeyRequest, body);

describe('key requests', () => {
  const everything = {
    key: KEY,
    key_alias: 'ci',
    duration: '30d',
    models: ['gpt-4o'],
    user_id: 'alice',
    team_id: 'research',
    organization_id: 'acme',
    metadata: { a: 1 },
    allowed_routes: ['llm_api_routes', '/key/info', 'GET /team/info', '/spend/*', '*'],
    key_type: 'default',
    blocked: true,
  };

  it('accept every member that is supported, and none', async () => {
    expect(await messagesOf(GenerateKeyRequest, everything)).toEqual([]);
    expect(await messagesOf(GenerateKeyRequest, {})).toEqual([]);
    expect(await messagesOf(UpdateKeyRequest, everything)).toEqual([]);
    expect(await messagesOf(RegenerateKeyRequest, { ...everything, new_key: KEY })).toEqual([]);
  });

  it.each(KEY_NOT_ENFORCED.map((name) => [name]))(
    'take null for %s, which LiteLLM’s clients send, and refuse a value by name',
    async (name) => {
      for (const type of [GenerateKeyRequest, UpdateKeyRequest, RegenerateKeyRequest]) {
        expect(await messagesOf(type, { key: KEY, [name]: null })).toEqual([]);
        expect(await messagesOf(type, { key: KEY, [name]: 5 })).toEqual([
          `${name} is not enforced by this version; leave it out`,
        ]);
      }
    },
  );

  it('refuse a grace period, because this version does not enforce one', async () => {
    expect(await messagesOf(RegenerateKeyRequest, { key: KEY, grace_period: '1h' })).toEqual([
      'grace_period is not enforced by this version; leave it out',
    ]);
  });

  it.each([
    ['key', 'abcdefghijklmnopqrs', 'sk-'],
    ['key', 'sk-1234', 'sk-'],
    ['duration', '1y', 'duration'],
    ['allowed_routes', ['no_such_group'], 'route'],
    ['allowed_routes', ['key/info'], 'route'],
    ['key_type', 'root', 'key_type'],
    ['models', ['gpt-4o', ''], 'model names'],
    ['blocked', 'yes', 'boolean'],
  ])('refuse %s %j without repeating it', async (name, value, hint) => {
    const [message, ...others] = await messagesOf(GenerateKeyRequest, { [name]: value });
    expect(others).toEqual([]);
    expect(message).toContain(hint);
    for (const text of [value].flat()) {
      if (text !== '') expect(message).not.toContain(text);
    }
  });

  it('name keys by themselves or by their ids', async () => {
    for (const key of [KEY, ID]) {
      expect(await messagesOf(UpdateKeyRequest, { key })).toEqual([]);
      expect(await messagesOf(KeyInfoRequest, { key })).toEqual([]);
      expect(await messagesOf(DeleteKeysRequest, { keys: [key] })).toEqual([]);
    }
    for (const key of ['abc', '', 7, [KEY]]) {
      expect(await messagesOf(UpdateKeyRequest, { key })).toHaveLength(1);
    }
    expect(await messagesOf(KeyInfoRequest, {})).toEqual([]);
    expect(await messagesOf(DeleteKeysRequest, { keys: [KEY, 'abc'] })).toHaveLength(1);
  });
});

describe('what a request says about a key', () => {
  it('is nothing where it says nothing', () => {
    expect(newKeyOf(values({}), now)).toEqual({
      alias: null,
      userId: null,
      teamId: null,
      organizationId: null,
      models: [],
      allowedRoutes: [],
      passThroughRoutes: [],
      modelAliases: {},
      metadata: {},
      limits: {},
      blocked: false,
      expiresAt: null,
    });
    expect(keyChangesOf(values({}), now)).toEqual({});
  });

  it('is cleared by null, except that null leaves a block', () => {
    const cleared = {
      key_alias: null,
      duration: null,
      models: null,
      team_id: null,
      metadata: null,
      allowed_routes: null,
      blocked: null,
    };
    expect(keyChangesOf(values(cleared), now)).toEqual({
      alias: null,
      expiresAt: null,
      models: [],
      teamId: null,
      metadata: {},
      allowedRoutes: [],
    });
  });

  it('counts a duration from now', () => {
    const day = new Date('2026-01-02T00:00:00.000Z');
    expect(keyChangesOf(values({ duration: '1d' }), now)).toEqual({ expiresAt: day });
    expect(keyChangesOf(values({ duration: '-1' }), now)).toEqual({ expiresAt: null });
  });

  it.each([
    [{ key_type: 'llm_api' }, ['llm_api_routes']],
    [{ key_type: 'management', allowed_routes: [] }, ['management_routes']],
    [{ key_type: 'read_only', allowed_routes: null }, ['info_routes']],
    [{ key_type: 'default' }, []],
    [{ key_type: 'default', allowed_routes: ['/key/info'] }, ['/key/info']],
    [{ key_type: null, allowed_routes: ['/key/info'] }, ['/key/info']],
  ])('takes the routes of %j', (body, allowedRoutes) => {
    expect(keyChangesOf(values(body), now)).toEqual({ allowedRoutes });
  });

  it('does not choose between two lists of routes', () => {
    const both = { key_type: 'llm_api', allowed_routes: ['/key/info'] };
    expect(() => keyChangesOf(values(both), now)).toThrow(
      expect.objectContaining({ code: 'request_invalid', param: 'key_type' }),
    );
  });
});

describe('a query for keys', () => {
  it('is the newest ten where it says nothing', () => {
    const query = { page: 1, pageSize: 10, isDescending: true };
    expect(keyQueryOf(new ListKeysRequest(), null)).toEqual(query);
  });

  it('takes numbers and flags as text, as they stand in an address', async () => {
    const text = { page: '2', size: '5', return_full_object: 'true', include_team_keys: 'false' };
    expect(await messagesOf(ListKeysRequest, text)).toEqual([]);
    const request = plainToInstance(ListKeysRequest, { ...text, sort_order: 'asc' });
    expect(request.return_full_object).toBe(true);
    expect(keyQueryOf(request, null)).toEqual({ page: 2, pageSize: 5, isDescending: false });
  });

  it.each([{ size: '101' }, { page: '0' }, { key_hash: 'abc' }, { status: 'deleted' }])(
    'refuses %j',
    async (query) => {
      expect(await messagesOf(ListKeysRequest, query)).toHaveLength(1);
    },
  );
});

describe('key mapping requests', () => {
  const claim = { jwt_claim_name: 'client_id', jwt_claim_value: 'ci' };

  it('name exactly one key, by itself or by its id', async () => {
    for (const key of [{ key: KEY }, { token: ID }]) {
      expect(await messagesOf(CreateKeyMappingRequest, { ...claim, ...key })).toEqual([]);
      const request = plainToInstance(CreateKeyMappingRequest, { ...claim, ...key });
      expect(newKeyMappingOf(request)).toMatchObject({ keyId: ID, issuer: null, isActive: true });
    }
    for (const keys of [{}, { key: KEY, token: ID }]) {
      const request = plainToInstance(CreateKeyMappingRequest, { ...claim, ...keys });
      expect(() => newKeyMappingOf(request)).toThrow(
        expect.objectContaining({ code: 'request_invalid', param: 'key' }),
      );
    }
    expect(await messagesOf(CreateKeyMappingRequest, { ...claim, token: 'A'.repeat(64) })).toEqual([
      'token must be 64 lower-case hexadecimal digits',
    ]);
  });

  it('change what they name and nothing else', () => {
    const request = { id: 'm', issuer: null, is_active: false, token: ID };
    expect(keyMappingChangesOf(plainToInstance(UpdateKeyMappingRequest, request))).toEqual({
      issuer: null,
      isActive: false,
      keyId: ID,
    });
    expect(keyMappingChangesOf(plainToInstance(UpdateKeyMappingRequest, { id: 'm' }))).toEqual({});
  });
});
