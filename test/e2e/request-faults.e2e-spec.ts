import { startAdministeredGateway, type AdministeredGateway } from '#support/administered-gateway';
import type { Client } from '#support/client';
import { DEFAULT_JWTAUTH } from '#support/gateway';

interface Refusal {
  readonly error: { readonly message: string; readonly param: string | null };
}

type Case = readonly [route: string, body: object, param: string, message: RegExp];

const GUARANTEED = { rpm_limit_type: 'guaranteed_throughput' };
const TWICE = [
  { max_budget: 1, budget_duration: '1d' },
  { max_budget: 2, budget_duration: '1d' },
];
const ALICE = { role: 'user', user_id: 'alice' };
const ORG_ALICE = { role: 'internal_user', user_id: 'alice' };

/** Routes that make a row with limits, with what each needs besides. */
const MAKERS: readonly (readonly [string, object])[] = [
  ['/key/generate', {}],
  ['/team/new', {}],
  ['/user/new', {}],
  ['/organization/new', { organization_alias: 'A' }],
  ['/customer/new', { user_id: 'faulty' }],
  ['/tag/new', { name: 'faulty' }],
];

const CASES: readonly Case[] = [
  ...MAKERS.flatMap(([route, more]): Case[] => [
    [route, { ...more, budget_limits: TWICE }, 'budget_limits', /^budget_limits\[1\]/],
    [
      route,
      { ...more, model_max_budget: { '': { budget_limit: 1 } } },
      'model_max_budget',
      /^model_max_budget has a member whose name cannot be a model/,
    ],
  ]),
  ['/key/generate', { metadata: { tags: 5 } }, 'metadata', /^metadata\.tags must be a list/],
  ['/team/new', { metadata: { tags: 5 } }, 'metadata', /^metadata\.tags must be a list/],
  ['/key/generate', GUARANTEED, 'rpm_limit_type', /^rpm_limit_type says how rpm_limit is kept/],
  ['/team/new', GUARANTEED, 'rpm_limit_type', /^rpm_limit_type says how rpm_limit is kept/],
  [
    '/user/new',
    { metadata: { tpm_limit_type: 'dynamic' } },
    'tpm_limit_type',
    /^tpm_limit_type says how tpm_limit is kept/,
  ],
  ['/team/member_add', { team_id: 'a' }, 'member', /^member must be a member, for example/],
  ['/team/member_add', { team_id: 'a', member: [] }, 'member', /^member must be a member/],
  ['/team/member_add', { team_id: 'a', member: 'alice' }, 'member', /^member must be a member/],
  ['/organization/member_add', { organization_id: 'a' }, 'member', /^member must be a member/],
  ['/team/member_add', { team_id: 'a', member: [ALICE, ALICE] }, 'member', /^member\[1\] names/],
  [
    '/team/new',
    { members_with_roles: [ALICE, { role: 'user', user_email: 'alice@acme.example' }] },
    'members_with_roles',
    /^members_with_roles\[1\] names the same user as members_with_roles\[0\]/,
  ],
  [
    '/organization/member_add',
    { organization_id: 'acme', member: [ORG_ALICE, ORG_ALICE] },
    'member',
    /^member\[1\] names the same user as member\[0\]/,
  ],
  ...(['/user/delete', '/customer/block', '/customer/unblock', '/customer/delete'] as const).map(
    (route): Case => [route, { user_ids: 'alice' }, 'user_ids', /^user_ids must be a list of 1 to/],
  ),
  ...['acme', [5], ['acme', 'acme']].map((organizations): Case => [
    '/user/new',
    { organizations },
    'organizations',
    /^organizations must be a list of at most/,
  ]),
  ['/user/delete', { user_ids: [] }, 'user_ids', /^user_ids must be a list of 1 to/],
  ['/team/delete', { team_ids: 'a' }, 'team_ids', /^team_ids must be a list of 1 to/],
  ['/budget/info', { budgets: 'gold' }, 'budgets', /^budgets must be a list of 1 to/],
  ['/tag/info', { names: 'ci' }, 'names', /^names must be a list of 1 to/],
  ['/cost/estimate', { model: 'test-model' }, 'input_tokens', /^input_tokens or output_tokens/],
  [
    '/spend/calculate',
    { completion_response: { model: 'test-model', usage: { prompt_tokens: -1 } } },
    'completion_response',
    /^completion_response\.usage\.prompt_tokens must be/,
  ],
  [
    '/spend/calculate',
    { completion_response: { model: 'test-model', usage: {} } },
    'completion_response',
    /^completion_response\.usage has no tokens/,
  ],
  ['/user/delete', { user_ids: ['none'] }, 'user_ids', /^There is no such user/],
  ['/team/delete', { team_ids: ['none'] }, 'team_ids', /^There is no such team/],
  ['/customer/delete', { user_ids: ['none'] }, 'user_ids', /^There is no such customer/],
  ['/key/delete', { keys: ['0'.repeat(64)] }, 'keys', /^There is no such key/],
  ['/key/delete', { key_aliases: ['none'] }, 'key_aliases', /^There is no such key/],
  ['/budget/delete', { id: 'none' }, 'id', /^There is no such budget/],
  ['/budget/delete', { id: 'used' }, 'id', /^The team a has the budget/],
];

describe('a request at fault', () => {
  let gateway: AdministeredGateway;
  let admin: Client;

  beforeAll(async () => {
    const jwtauth = `${DEFAULT_JWTAUTH}\n  reject_clientside_metadata_tags: true`;
    gateway = await startAdministeredGateway({ jwtauth });
    ({ admin } = gateway);
    const rows: readonly (readonly [string, object])[] = [
      ['/budget/new', { budget_id: 'used', max_budget: 1 }],
      ['/user/new', { user_id: 'alice', user_email: 'alice@acme.example' }],
      ['/organization/new', { organization_id: 'acme', organization_alias: 'A', rpm_limit: 5 }],
      ['/team/new', { team_id: 'a', budget_id: 'used' }],
    ];
    for (const [route, body] of rows) expect((await admin.post(route, body)).status).toBe(200);
  });

  afterAll(() => gateway.stop());

  it.each(CASES)('%s with %j is refused, naming %s', async (route, body, param, message) => {
    const { status, json } = await admin.post<Refusal>(route, body);
    expect(status).toBe(message.source.includes('There is no such') ? 404 : 400);
    expect(json.error.param).toBe(param);
    expect(json.error.message).toMatch(message);
  });

  it('names the rows that share a limit in words', async () => {
    const limits = { organization_id: 'acme', rpm_limit: 6, ...GUARANTEED };
    for (const [route, rows] of [
      ['/team/new', 'teams'],
      ['/key/generate', 'keys'],
    ] as const) {
      const { json } = await admin.post<Refusal>(route, limits);
      expect(json.error.message).toContain(
        `all ${rows} of the organization acme would have 6 per minute, and the limit of the organization is 5`,
      );
    }
  });

  it.each([
    ['x-litellm-tags', {}, { 'x-litellm-tags': 'ci' }],
    ['tags', { tags: ['ci'] }, {}],
    ['metadata.tags', { metadata: { tags: ['ci'] } }, {}],
    ['litellm_metadata.tags', { litellm_metadata: { tags: ['ci'] } }, {}],
  ])('names %s where that states tags that are not accepted', async (param, body, headers) => {
    const { json } = await admin.send<Refusal>('POST', '/v1/chat/completions', {
      body: { model: 'test-model', messages: [{ role: 'user', content: 'x' }], ...body },
      headers,
    });
    expect(json.error).toMatchObject({
      param,
      message: 'Tags of a request are not accepted here.',
    });
  });
});
