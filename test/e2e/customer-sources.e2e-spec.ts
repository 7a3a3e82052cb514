import { randomUUID } from 'node:crypto';
import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import type { TestIssuer } from '#support/issuer';
import { describeWithPostgres } from '#support/postgres';
import { startReplicas, type Replicas } from '#support/replicas';

const JWTAUTH = `
    user_id_jwt_field: sub
    user_id_upsert: true
    end_user_id_jwt_field: customer
  user_header_name: X-Who
  user_header_mappings: [{ header_name: X-Customer, litellm_user_role: customer }]`;

/** Where the id of an end user may come from: claims of the token, headers and members of the body. */
const SOURCES: readonly (readonly [
  name: string,
  of: (id: string) => {
    readonly claims?: Readonly<Record<string, unknown>>;
    readonly headers?: Record<string, string>;
    readonly body?: object;
  },
])[] = [
  ['the token', (id) => ({ claims: { customer: id } })],
  ['user', (id) => ({ body: { user: id } })],
  ['x-litellm-customer-id', (id) => ({ headers: { 'x-litellm-customer-id': id } })],
  ['x-litellm-end-user-id', (id) => ({ headers: { 'X-LiteLLM-End-User-Id': id } })],
  ['user_header_name', (id) => ({ headers: { 'x-who': id } })],
  ['user_header_mappings', (id) => ({ headers: { 'X-CUSTOMER': id } })],
  ['litellm_metadata.user', (id) => ({ body: { litellm_metadata: { user: id } } })],
  ['metadata.user_id', (id) => ({ body: { metadata: { user_id: id } } })],
  ['safety_identifier', (id) => ({ body: { safety_identifier: id } })],
];

describeWithPostgres('customers, wherever their id comes from', (server) => {
  let issuer: TestIssuer;
  let replicas: Replicas;
  let admin: Client;

  beforeAll(async () => {
    replicas = await startReplicas(server(), { jwtauth: JWTAUTH });
    ({ issuer } = replicas);
    admin = Client.admin(replicas.first.url);
  });
  afterAll(() => replicas.stop());

  it.each(SOURCES)(
    'by %s, are refused within a second of their block, plain and streamed, and let in again',
    async (_name, of) => {
      const id = randomUUID();
      const { claims = {}, headers = {}, body = {} } = of(id);
      const token = await issuer.sign(claims);
      const callers = [replicas.first, replicas.second].map(({ url }) => new Client(url, token));
      const statuses = () =>
        Promise.all(
          callers.flatMap((client) =>
            [false, true].map(async (stream) => {
              const asked = { model: 'test-model', messages: [{ role: 'user', content: 'x' }] };
              const path = '/v1/chat/completions';
              return (await client.post(path, { ...asked, stream, ...body }, headers)).status;
            }),
          ),
        );
      // Twice, so that the second time is decided from memory.
      expect(await statuses()).toEqual([200, 200, 200, 200]);
      expect(await statuses()).toEqual([200, 200, 200, 200]);
      await admin.post('/customer/block', { user_ids: [id] });
      await eventually(async () => {
        expect(await statuses()).toEqual([403, 403, 403, 403]);
      }, 1_000);
      const before = replicas.upstream.records.length;
      expect(await statuses()).toEqual([403, 403, 403, 403]);
      expect(replicas.upstream.records).toHaveLength(before);
      await admin.post('/customer/unblock', { user_ids: [id] });
      await eventually(async () => {
        expect(await statuses()).toEqual([200, 200, 200, 200]);
      }, 1_000);
    },
  );

  it.each(SOURCES)(
    'by %s, are refused on every endpoint, plain, streamed and explained: blocked or over budget',
    async (_name, of) => {
      const messages = [{ role: 'user', content: 'x' }];
      const calls: readonly (readonly [path: string, body: object])[] = [
        ['/v1/chat/completions', { messages, max_tokens: 5 }],
        ['/v1/chat/completions', { messages, max_tokens: 5, stream: true }],
        ['/v1/completions', { prompt: 'x', max_tokens: 5 }],
        ['/v1/completions', { prompt: 'x', max_tokens: 5, stream: true }],
        ['/v1/embeddings', { input: 'x' }],
      ];
      const before = replicas.upstream.records.length;
      for (const [values, status, reason] of [
        [{ blocked: true }, 403, 'end_user_blocked'],
        [{ max_budget: 0 }, 422, 'budget_exceeded'],
      ] as const) {
        const id = randomUUID();
        await admin.post('/customer/new', { user_id: id, ...values });
        const { claims = {}, headers = {}, body = {} } = of(id);
        const token = await issuer.sign(claims);
        const client = new Client(replicas.second.url, token);
        for (const [path, asked] of calls) {
          const named = { model: 'test-model', ...asked, ...body };
          const refused = await client.post<{ error: { reason: string } }>(path, named, headers);
          expect([path, refused.status, refused.json.error.reason]).toEqual([path, status, reason]);
          // An explanation knows the member user of the body alone.
          if (!('user' in body) && Object.keys(body).length > 0) continue;
          const call = { method: 'POST', route: path, model: 'test-model', headers, ...body };
          const explained = await admin.post('/auth/explain', { token, ...call });
          expect([path, explained.json]).toMatchObject([path, { status, reason }]);
        }
      }
      expect(replicas.upstream.records).toHaveLength(before);
    },
  );
});
