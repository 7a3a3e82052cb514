import { documentedPath, ENDPOINTS, pathsOf, type Endpoint } from '#libs/proxy';
import { namesObjects, ofObjects } from './of-objects.js';
import { passedThrough } from './passed-through.js';
import { MODEL_READS } from './model-examples.js';

/** A request that can be sent as it stands. */
export interface RequestExample {
  /** Method and path as the document writes them. */
  readonly operation: string;
  /** Values of path and query parameters. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const KEY = 'sk-example-0123456789abcdef';
const SECOND_KEY = 'sk-example-fedcba9876543210';
const THIRD_KEY = 'sk-example-aaaabbbbccccdddd';
const MODEL = 'gpt-4o';

const ORGANISATION: readonly RequestExample[] = [
  {
    operation: 'POST /organization/new',
    body: { organization_id: 'acme', organization_alias: 'Acme', models: [MODEL] },
  },
  {
    operation: 'PATCH /organization/update',
    body: { organization_id: 'acme', organization_alias: 'Acme Ltd' },
  },
  { operation: 'GET /organization/info', parameters: { organization_id: 'acme' } },
  { operation: 'GET /organization/list', parameters: { org_alias: 'Acme' } },
];

const TEAM: readonly RequestExample[] = [
  {
    operation: 'POST /budget/new',
    body: { budget_id: 'gold', max_budget: 100, budget_duration: '30d' },
  },
  { operation: 'GET /budget/settings', parameters: { budget_id: 'gold' } },
  {
    operation: 'POST /team/new',
    body: { team_id: 'research', team_alias: 'Research', models: [MODEL] },
  },
  { operation: 'POST /team/update', body: { team_id: 'research', team_alias: 'Research 2' } },
  { operation: 'GET /team/info', parameters: { team_id: 'research' } },
  { operation: 'GET /team/list' },
  { operation: 'POST /team/block', body: { team_id: 'research' } },
  { operation: 'POST /team/unblock', body: { team_id: 'research' } },
];

const USER: readonly RequestExample[] = [
  {
    operation: 'POST /user/new',
    body: { user_id: 'alice', user_email: 'alice@acme.example', user_role: 'internal_user' },
  },
  { operation: 'POST /user/update', body: { user_id: 'alice', user_alias: 'Alice' } },
  { operation: 'GET /user/info', parameters: { user_id: 'alice' } },
  { operation: 'GET /user/list', parameters: { page: '1', page_size: '25' } },
  {
    operation: 'POST /team/member_add',
    body: { team_id: 'research', member: { role: 'user', user_id: 'alice' } },
  },
  {
    operation: 'POST /team/member_update',
    body: { team_id: 'research', user_id: 'alice', max_budget_in_team: 5 },
  },
  {
    operation: 'POST /team/{team_id}/member/{user_id}/reset_spend',
    parameters: { team_id: 'research', user_id: 'alice' },
    body: { reset_to: 0 },
  },
  {
    operation: 'POST /team/{team_id}/reset_spend',
    parameters: { team_id: 'research' },
    body: { reset_to: 0 },
  },
  { operation: 'POST /team/member_delete', body: { team_id: 'research', user_id: 'alice' } },
  {
    operation: 'POST /organization/member_add',
    body: {
      organization_id: 'acme',
      member: { role: 'internal_user', user_id: 'alice' },
      max_budget_in_organization: 50,
    },
  },
  {
    operation: 'PATCH /organization/member_update',
    body: { organization_id: 'acme', user_id: 'alice', max_budget_in_organization: 100 },
  },
  {
    operation: 'DELETE /organization/member_delete',
    body: { organization_id: 'acme', user_id: 'alice' },
  },
];

const KEYS: readonly RequestExample[] = [
  {
    operation: 'POST /key/generate',
    body: { key: KEY, key_alias: 'example', team_id: 'research', models: [MODEL], duration: '30d' },
  },
  {
    operation: 'POST /key/service-account/generate',
    body: { key_alias: 'nightly-job', team_id: 'research' },
  },
  { operation: 'POST /key/update', body: { key: KEY, duration: '60d' } },
  { operation: 'GET /key/info', parameters: { key: KEY } },
  { operation: 'GET /key/list', parameters: { page: '1', size: '10' } },
  { operation: 'POST /key/block', body: { key: KEY } },
  { operation: 'POST /key/unblock', body: { key: KEY } },
  {
    operation: 'POST /jwt/key/mapping/new',
    body: { key: KEY, jwt_claim_name: 'client_id', jwt_claim_value: 'nightly-job' },
  },
  { operation: 'GET /jwt/key/mapping/list', parameters: { page: '1', size: '10' } },
  { operation: 'POST /key/regenerate', body: { key: KEY, new_key: SECOND_KEY } },
  {
    operation: 'POST /key/{key}/regenerate',
    parameters: { key: SECOND_KEY },
    body: { new_key: THIRD_KEY },
  },
  {
    operation: 'POST /key/{key}/reset_spend',
    parameters: { key: THIRD_KEY },
    body: { reset_to: 0 },
  },
];

const CUSTOMERS: readonly RequestExample[] = ['customer', 'end_user'].flatMap((prefix) => {
  const user_id = `${prefix}-shopper`;
  return [
    { operation: `POST /${prefix}/new`, body: { user_id, alias: 'Shopper' } },
    { operation: `POST /${prefix}/update`, body: { user_id, alias: 'A shopper' } },
    { operation: `GET /${prefix}/info`, parameters: { end_user_id: user_id } },
    { operation: `GET /${prefix}/list`, parameters: { page: '1', page_size: '100' } },
    { operation: `POST /${prefix}/block`, body: { user_ids: [user_id] } },
    { operation: `POST /${prefix}/unblock`, body: { user_ids: [user_id] } },
    { operation: `POST /${prefix}/delete`, body: { user_ids: [user_id] } },
  ];
});

const TAGS: readonly RequestExample[] = [
  {
    operation: 'POST /tag/new',
    body: { name: 'batch', description: 'Nightly jobs', max_budget: 50, budget_duration: '1mo' },
  },
  { operation: 'POST /tag/update', body: { name: 'batch', max_budget: 80 } },
  { operation: 'POST /tag/info', body: { names: ['batch'] } },
  { operation: 'GET /tag/list' },
  { operation: 'POST /tag/delete', body: { name: 'batch' } },
];

const CALLS: readonly RequestExample[] = [
  ...ENDPOINTS.flatMap(examplesOf),
  ...MODEL_READS,
  { operation: 'GET /spend/logs', parameters: { user_id: 'alice', summarize: 'false' } },
  {
    operation: 'POST /auth/explain',
    body: {
      claims: {
        iss: 'https://idp.example/realms/staff',
        aud: 'gatehouse',
        exp: 4_000_000_000,
        sub: 'alice',
        email: 'alice@acme.example',
        team: 'research',
      },
      route: '/v1/chat/completions',
      method: 'POST',
      model: MODEL,
    },
  },
  {
    operation: 'POST /revocations',
    body: {
      kind: 'subject',
      issuer: 'https://idp.example/realms/staff',
      subject: 'bob',
      note: 'left the company',
    },
  },
  { operation: 'GET /revocations', parameters: { kind: 'subject' } },
];

const PROBES: readonly RequestExample[] = [
  { operation: 'GET /health/liveliness' },
  { operation: 'GET /health/liveness' },
  { operation: 'GET /health/readiness' },
  { operation: 'GET /health/readiness/details' },
  { operation: 'GET /.well-known/oauth-protected-resource' },
  {
    operation: 'GET /.well-known/oauth-protected-resource/{path}',
    parameters: { path: 'v1' },
  },
];

const REPORTS: readonly RequestExample[] = [
  {
    operation: 'GET /gatehouse/spend/report',
    parameters: { group_by: 'team,model', start_date: '2026-11-01', end_date: '2026-11-30' },
  },
  ...[
    'user/daily/activity',
    'user/daily/activity/aggregated',
    'team/daily/activity',
    'team/daily/activity/aggregated',
    'organization/daily/activity',
    'organization/daily/activity/aggregated',
    'customer/daily/activity',
    'customer/daily/activity/aggregated',
    'end_user/daily/activity',
    'end_user/daily/activity/aggregated',
    'tag/daily/activity',
    'tag/daily/activity/aggregated',
    'global/activity',
    'global/activity/model',
    'global/spend/report',
    'global/spend/keys',
    'global/spend/teams',
    'global/spend/models',
    'global/spend/provider',
    'global/spend/tags',
    'global/spend/logs',
    'spend/tags',
  ].map((path) => ({
    operation: `GET /${path}`,
    parameters: { start_date: '2026-11-01', end_date: '2026-11-30' },
  })),
  { operation: 'GET /global/spend' },
  { operation: 'GET /provider/budgets' },
  { operation: 'GET /global/spend/all_tag_names' },
  {
    operation: 'POST /global/spend/end_users',
    body: { startTime: '2026-11-01', endTime: '2026-11-30' },
  },
  ...['v2', 'ui'].map((version) => ({
    operation: `GET /spend/logs/${version}`,
    parameters: { start_date: '2026-11-01 00:00:00', end_date: '2026-11-30 23:59:59' },
  })),
  { operation: 'GET /spend/logs/session/ui', parameters: { session_id: 'a-session' } },
  {
    operation: 'POST /spend/calculate',
    body: { model: MODEL, messages: [{ role: 'user', content: 'Hello' }] },
  },
  {
    operation: 'POST /cost/estimate',
    body: { model: MODEL, input_tokens: 1000, output_tokens: 500, num_requests_per_day: 100 },
  },
  { operation: 'GET /spend/keys' },
  { operation: 'GET /spend/users' },
];

const ENDINGS: readonly RequestExample[] = [
  { operation: 'POST /key/delete', body: { keys: [THIRD_KEY] } },
  { operation: 'POST /user/delete', body: { user_ids: ['alice'] } },
  { operation: 'POST /team/delete', body: { team_ids: ['research'] } },
  { operation: 'DELETE /organization/delete', body: { organization_ids: ['acme'] } },
];

/**
 * One request for every operation, in an order in which an administrator of a fresh gateway with the models `gpt-4o` and `claude-sonnet-4-5` can
 * send them as they stand: what an example names was made by one before it.
 */
export const EXAMPLES: readonly RequestExample[] = [
  ...PROBES,
  ...ORGANISATION,
  ...TEAM,
  ...USER,
  ...KEYS,
  ...CUSTOMERS,
  ...TAGS,
  ...CALLS,
  ...REPORTS,
  ...ENDINGS,
];

/** Operations that need what only a response or an issuer can give, with where it comes from. */
export const WITHOUT_EXAMPLE: Readonly<Record<string, string>> = {
  ...passedThrough(),
  ...ofObjects(),
  'POST /jwt/key/mapping/update': 'The id is in the response of `POST /jwt/key/mapping/new`.',
  'POST /jwt/key/mapping/delete': 'The id is in the response of `POST /jwt/key/mapping/new`.',
  'GET /jwt/key/mapping/info': 'The id is in the response of `POST /jwt/key/mapping/new`.',
  'GET /decisions/{id}': 'The id is the header `x-gatehouse-decision-id` of a response.',
  'DELETE /revocations/{id}': 'The id is in the response of `POST /revocations`.',
  'POST /auth/backchannel-logout': 'The logout token is signed by the issuer.',
};

function examplesOf(endpoint: Endpoint): readonly RequestExample[] {
  if (namesObjects(endpoint)) return [];
  const { plain, withModel } = pathsOf(endpoint);
  const body = endpoint.documentation.example;
  return [
    ...plain.map((path) => ({ operation: `POST ${path}`, body: { model: MODEL, ...body } })),
    ...withModel.map((path) => ({
      operation: `POST ${documentedPath(path)}`,
      parameters: { model: endpoint.documentation.exampleModel ?? MODEL },
      body,
    })),
  ];
}
