import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import { CreateUserRequest, newUserOf } from './create-user.request.js';
import { DeleteUsersRequest } from './delete-users.request.js';
import { ListUsersRequest, UserInfoRequest, userQueryOf } from './list-users.request.js';
import { UpdateUserRequest, userChangesOf } from './update-user.request.js';
import { USER_NOT_ENFORCED } from './user-limits.js';
import { membershipsOf } from './user-team.request.js';

type RequestClass<T extends object> = new () => T;

async function messagesOf<T extends object>(
  type: RequestClass<T>,
  body: object,
): Promise<string[]> {
  const errors = await validate(plainToInstance(type, body), {
    whitelist: true,
    forbidNonWhitelisted: true,
  });
  return errors.flatMap((error) => [
    ...Object.values(error.constraints ?? {}),
    ...(error.children ?? []).map((child) => `in ${error.property}.${child.property}`),
  ]);
}

/** Members that only new users may have. */
const OF_NEW_USERS: ReadonlySet<string> = new Set(['key_alias', 'organizations']);

describe('user requests', () => {
  const everything = {
    user_id: 'alice',
    user_email: 'alice@acme.example',
    user_alias: 'Alice',
    user_role: 'internal_user',
    models: ['no-default-models'],
    metadata: { a: 1 },
    blocked: true,
    teams: ['research', { team_id: 'sales', user_role: 'admin', max_budget_in_team: null }],
  };

  it('accept every member that is supported', async () => {
    expect(await messagesOf(CreateUserRequest, { ...everything, auto_create_key: false })).toEqual(
      [],
    );
    expect(await messagesOf(UpdateUserRequest, everything)).toEqual([]);
    expect(await messagesOf(CreateUserRequest, { auto_create_key: null })).toEqual([]);
  });

  it.each([
    ['auto_create_key', 'false', false],
    ['auto_create_key', 'False', false],
    ['auto_create_key', 'true', true],
    ['blocked', 'TRUE', true],
    ['blocked', 'false', false],
    ['user_role', '', undefined],
  ])('may hold %s as the text %j', async (name, text, value) => {
    expect(await messagesOf(CreateUserRequest, { [name]: text })).toEqual([]);
    expect(plainToInstance(CreateUserRequest, { [name]: text })).toMatchObject({ [name]: value });
  });

  it('leave the role where an update has an empty one', async () => {
    expect(await messagesOf(UpdateUserRequest, { user_id: 'a', user_role: '' })).toEqual([]);
    expect(await messagesOf(UpdateUserRequest, { user_id: 'a', user_role: 'owner' })).toHaveLength(
      1,
    );
  });

  it('may ask for a key and name it', async () => {
    const asking = { auto_create_key: true, key_alias: 'alice-key' };
    expect(await messagesOf(CreateUserRequest, asking)).toEqual([]);
    expect(await messagesOf(CreateUserRequest, { auto_create_key: 'yes' })).toHaveLength(1);
  });

  it.each(USER_NOT_ENFORCED.filter((name) => !OF_NEW_USERS.has(name)).map((name) => [name]))(
    'take null for %s, which LiteLLM’s clients send, and refuse a value by name',
    async (name) => {
      for (const type of [CreateUserRequest, UpdateUserRequest]) {
        expect(await messagesOf(type, { user_id: 'a', [name]: null })).toEqual([]);
        expect(await messagesOf(type, { user_id: 'a', [name]: 5 })).toEqual([
          `${name} is not enforced by this version; leave it out`,
        ]);
      }
    },
  );

  it.each([['boundIssuer'], ['created_at'], ['isAdmin'], ['role']])(
    'refuse %s, which no caller may say',
    async (name) => {
      expect(await messagesOf(UpdateUserRequest, { user_id: 'a', [name]: 'x' })).toHaveLength(1);
    },
  );

  it.each([
    ['user_email', 'alice'],
    ['user_role', 'org_admin'],
    ['user_role', 'PROXY_ADMIN'],
    ['models', 'gpt-4o'],
    ['metadata', 'x'],
    ['blocked', 'no'],
    ['teams', 'research'],
    ['teams', ['', '']],
    ['teams', [7]],
    ['teams', [null]],
    ['teams', [[]]],
    ['teams', [{ team_id: 'a', user_role: 'owner' }]],
    ['teams', [{ team_id: 'a', max_budget_in_team: -1 }]],
  ])('refuse %s: %p', async (name, value) => {
    expect(await messagesOf(CreateUserRequest, { [name]: value })).not.toEqual([]);
    expect(await messagesOf(UpdateUserRequest, { [name]: value })).not.toEqual([]);
  });

  it('take teams by id or with a role, each once', () => {
    const teams = [...everything.teams, 'research', { team_id: 'research', user_role: 'admin' }];
    const request = plainToInstance(CreateUserRequest, { teams });
    expect(membershipsOf(request.teams ?? [])).toEqual([
      { teamId: 'research', role: 'admin' },
      { teamId: 'sales', role: 'admin', limits: expect.any(Function) },
    ]);
  });

  it('become values: absent members have defaults on making', () => {
    expect(newUserOf(new CreateUserRequest())).toEqual({
      email: null,
      alias: null,
      role: null,
      models: [],
      metadata: {},
      limits: expect.any(Function),
      blocked: false,
    });
  });

  it('become changes: absent stays, null clears, and an address alone names, not changes', () => {
    const changesOf = (body: object) => userChangesOf(plainToInstance(UpdateUserRequest, body));
    expect(changesOf({ user_id: 'a' })).toEqual({});
    expect(changesOf({ user_email: 'a@b' })).toEqual({});
    expect(changesOf({ user_id: 'a', user_email: 'a@b' })).toEqual({ email: 'a@b' });
    expect(
      changesOf({
        user_id: 'a',
        user_email: null,
        user_alias: null,
        user_role: null,
        models: null,
        metadata: null,
        blocked: null,
      }),
    ).toEqual({ email: null, alias: null, role: null, models: [], metadata: {} });
  });

  it('bind an account to an identity as a whole, or unbind it', async () => {
    const identity = { bound_issuer: 'https://id.example', bound_subject: 's' };
    const changesOf = (body: object) => userChangesOf(plainToInstance(UpdateUserRequest, body));
    expect(await messagesOf(UpdateUserRequest, { user_id: 'a', ...identity })).toEqual([]);
    expect(await messagesOf(CreateUserRequest, { user_id: 'a', ...identity })).toHaveLength(2);
    expect(await messagesOf(UpdateUserRequest, { user_id: 'a', bound_issuer: '' })).toHaveLength(1);
    const bound = { boundIssuer: 'https://id.example', boundSubject: 's' };
    expect(changesOf({ user_id: 'a', ...identity })).toEqual(bound);
    expect(changesOf({ user_id: 'a', bound_issuer: identity.bound_issuer })).toEqual({
      ...bound,
      boundSubject: null,
    });
    const unbound = { boundIssuer: null, boundSubject: null };
    expect(changesOf({ user_id: 'a', bound_issuer: null, bound_subject: null })).toEqual(unbound);
    expect(changesOf({ user_id: 'a', bound_issuer: null })).toEqual(unbound);
    for (const half of [{ bound_subject: 's' }, { bound_subject: null }]) {
      expect(() => changesOf(half)).toThrow(expect.objectContaining({ code: 'request_invalid' }));
    }
    expect(() => changesOf({ ...identity, bound_issuer: null })).toThrow(
      expect.objectContaining({ code: 'request_invalid', param: 'bound_issuer' }),
    );
  });

  it.each([[[]], [['a', 'a']], ['a'], [undefined], [[1]]])('refuse to delete %p', async (ids) => {
    expect(await messagesOf(DeleteUsersRequest, { user_ids: ids })).not.toEqual([]);
  });

  it('take one user id in a query, keeping a plus sign', async () => {
    const query = plainToInstance(UserInfoRequest, { user_id: 'a+b' });
    expect(query.user_id).toBe('a+b');
    expect(await messagesOf(UserInfoRequest, { user_id: ['a', 'b'] })).toHaveLength(1);
  });

  it.each([
    ['page', '0'],
    ['page', '-1'],
    ['page', '1e9'],
    ['page', 'x'],
    ['page', '1.5'],
    ['page', ''],
    ['page_size', '101'],
    ['page_size', '0'],
    ['page_size', 'NaN'],
    ['sort_by', 'password'],
    ['sort_by', 'user_id; DROP TABLE users'],
    ['sort_order', 'DESC'],
    ['role', 'team'],
    ['team', ['a', 'b']],
    ['user_email', 'x\0'],
    ['sso_user_ids', 'x'],
    ['limit', '5'],
  ])('refuse a listing with %s=%p', async (name, value) => {
    expect(await messagesOf(ListUsersRequest, { [name]: value })).not.toEqual([]);
  });

  it('become a query: 25 a page, one id as a part, several ids whole', () => {
    const queryOf = (body: object) => userQueryOf(plainToInstance(ListUsersRequest, body));
    expect(queryOf({})).toEqual({ page: 1, pageSize: 25 });
    expect(queryOf({ page: '3', page_size: '100', user_ids: 'al' })).toEqual({
      page: 3,
      pageSize: 100,
      userIdPart: 'al',
    });
    expect(queryOf({ user_ids: 'a, b', sort_by: 'spend', sort_order: 'desc' })).toEqual({
      page: 1,
      pageSize: 25,
      userIds: ['a', 'b'],
      sortBy: 'spend',
      isDescending: true,
    });
    expect(queryOf({ role: 'proxy_admin', user_email: 'x', sort_by: 'user_id' })).toMatchObject({
      role: 'proxy_admin',
      emailPart: 'x',
      isDescending: false,
    });
  });
});
