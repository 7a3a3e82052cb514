import { validate } from 'class-validator';
import {
  IsAlias,
  IsEmailAddress,
  IsIdentity,
  IsIdentityList,
  IsMetadata,
  IsModelList,
  NotEnforced,
} from './request-member.decorator.js';

@NotEnforced(['max_budget', 'tags'])
class Everything {
  @IsIdentity()
  id: unknown = 'team-a';

  @IsIdentityList(3)
  ids: unknown = ['a', 'b'];

  @IsAlias()
  alias: unknown = 'Team A';

  @IsEmailAddress()
  email: unknown = 'alice@acme.example';

  @IsModelList()
  models: unknown = ['all-proxy-models', 'gpt-4o'];

  @IsMetadata()
  metadata: unknown = { a: { b: [1, null, 'x'] } };
}

async function refusedMembers(values: object): Promise<string[]> {
  const errors = await validate(Object.assign(new Everything(), values), {
    whitelist: true,
    forbidNonWhitelisted: true,
  });
  return errors.map((error) => error.property);
}

function nested(levels: number): unknown {
  return levels === 0 ? 'x' : { a: nested(levels - 1) };
}

describe('request member decorators', () => {
  it('accept what they describe', async () => {
    expect(await refusedMembers({})).toEqual([]);
  });

  it.each([
    ['id', ''],
    ['id', 'a'.repeat(256)],
    ['id', 'ä'.repeat(128)],
    ['id', 'a\0b'],
    ['id', '\ud800'],
    ['id', 7],
    ['id', ['team-a', 'team-b']],
    ['ids', 'a'],
    ['ids', ['a', 'a']],
    ['ids', ['a', 'b', 'c', 'd']],
    ['ids', ['a', null]],
    ['alias', ''],
    ['alias', 'a\0'],
    ['email', 'alice'],
    ['email', 'alice@'],
    ['email', 'a@b@c'],
    ['email', 'alice @acme.example'],
    ['models', 'gpt-4o'],
    ['models', [null]],
    ['models', ['']],
    ['models', Array.from({ length: 1001 }, String)],
    ['metadata', []],
    ['metadata', 'text'],
    ['metadata', { a: 'x\0y' }],
    ['metadata', { 'x\0y': 1 }],
    ['metadata', { a: ['\udc00'] }],
    ['metadata', { a: Number.POSITIVE_INFINITY }],
    ['metadata', nested(33)],
    ['metadata', { a: 'x'.repeat(70_000) }],
  ])('refuse %s: %p', async (name, value) => {
    expect(await refusedMembers({ [name]: value })).toEqual([name]);
  });

  it.each([[null], [false], [''], [[]], [{}]])(
    'let %p through where a limit is not enforced, because it asks for nothing',
    async (value) => {
      expect(await refusedMembers({ max_budget: value })).toEqual([]);
    },
  );

  it.each([[0], [10], ['10'], [true], [['a']], [{ a: 1 }]])(
    'refuse %p where a limit is not enforced, naming the member',
    async (value) => {
      const [error] = await validate(Object.assign(new Everything(), { max_budget: value }));
      expect(error?.property).toBe('max_budget');
      expect(Object.values(error?.constraints ?? {})).toEqual([
        'max_budget is not enforced by this version; leave it out',
      ]);
    },
  );

  it('leave members without a rule to the whitelist', async () => {
    expect(await refusedMembers({ user_role: 'proxy_admin' })).toEqual(['user_role']);
  });
});
