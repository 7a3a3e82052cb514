import { DecisionCache } from '#libs/auth/testing';
import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import type { FakeUpstream } from '#support/fake-upstream';
import type { TestGateway } from '#support/gateway';
import type { TestIssuer } from '#support/issuer';
import { describeWithPostgres } from '#support/postgres';
import { startReplicas, type Replicas } from '#support/replicas';

/** Within this time a change holds on every replica. */
const BOUND_MS = 1_000;

/** A change that takes access away, with the ids of the caller in it. */
type Withdrawal = (admin: Client, id: string, credential: string) => Promise<{ status: number }>;

describeWithPostgres('calls that are decided from memory on two replicas', (server) => {
  let replicas: Replicas;
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let first: TestGateway;
  let second: TestGateway;
  let admin: Client;
  let repetitions: jest.SpiedFunction<DecisionCache['repeat']>;

  beforeAll(async () => {
    replicas = await startReplicas(server());
    ({ issuer, upstream, first, second } = replicas);
    admin = Client.admin(first.url);
    repetitions = jest.spyOn(DecisionCache.prototype, 'repeat');
  });

  afterAll(async () => {
    repetitions.mockRestore();
    await replicas.stop();
  });

  async function caller(id: string, kind: 'token' | 'key'): Promise<string> {
    await admin.post('/organization/new', { organization_id: id, organization_alias: id });
    await admin.post('/team/new', { team_id: id, organization_id: id });
    await admin.post('/user/new', { user_id: id, auto_create_key: false });
    if (kind === 'key') {
      const made = await admin.post<{ key: string }>('/key/generate', { user_id: id, team_id: id });
      return made.json.key;
    }
    return issuer.sign({ sub: id, team: id, email: `${id}@acme.example`, jti: id, end_user: id });
  }

  const withdrawals: [string, 'token' | 'key', string, Withdrawal][] = [
    [
      'its team is blocked',
      'token',
      'team_blocked',
      (to, id) => to.post('/team/block', { team_id: id }),
    ],
    [
      'its team is deleted',
      'token',
      'team_unknown',
      (to, id) => to.post('/team/delete', { team_ids: [id] }),
    ],
    [
      'its team loses the model',
      'token',
      'model_not_allowed',
      (to, id) => to.post('/team/update', { team_id: id, models: ['another-model'] }),
    ],
    [
      'its user is blocked',
      'token',
      'user_blocked',
      (to, id) => to.post('/user/update', { user_id: id, blocked: true }),
    ],
    [
      'its user loses the model',
      'token',
      'model_not_allowed',
      (to, id) => to.post('/user/update', { user_id: id, models: ['another-model'] }),
    ],
    [
      'the organisation of its team loses the model',
      'token',
      'model_not_allowed',
      (to, id) =>
        to.send('PATCH', '/organization/update', {
          body: { organization_id: id, models: ['another-model'] },
        }),
    ],
    [
      'its token is revoked',
      'token',
      'token_revoked',
      (to, id) => to.post('/revocations', { kind: 'token', issuer: issuer.issuer, token_id: id }),
    ],
    ['its key is blocked', 'key', 'key_blocked', (to, _id, key) => to.post('/key/block', { key })],
    [
      'its key is deleted',
      'key',
      'key_unknown',
      (to, _id, key) => to.post('/key/delete', { keys: [key] }),
    ],
    [
      'its key loses the model',
      'key',
      'model_not_allowed',
      (to, _id, key) => to.post('/key/update', { key, models: ['another-model'] }),
    ],
    [
      'the team of its key is blocked',
      'key',
      'team_blocked',
      (to, id) => to.post('/team/block', { team_id: id }),
    ],
    [
      'the user of its key is blocked',
      'key',
      'user_blocked',
      (to, id) => to.post('/user/update', { user_id: id, blocked: true }),
    ],
  ];

  it.each(withdrawals)(
    'refuse the next call when %s, on the other replica within a second',
    async (what, kind, reason, withdraw) => {
      const id = what.replaceAll(' ', '-');
      const credential = await caller(id, kind);
      const [here, there] = [new Client(first.url, credential), new Client(second.url, credential)];
      repetitions.mockClear();
      for (let turn = 0; turn < 5; turn += 1) {
        expect([(await here.chat()).status, (await there.chat()).status]).toEqual([200, 200]);
      }
      // The first call of a credential is not remembered, the second is, and of the others one may meet a late notice.
      const repeated = repetitions.mock.results.filter(({ value }) => value === true);
      expect(repeated.length).toBeGreaterThanOrEqual(4);
      const calls = upstream.records.length;
      expect((await withdraw(admin, id, credential)).status).toBe(200);
      expect((await here.chat()).json.error.reason).toBe(reason);
      expect(upstream.records).toHaveLength(calls);
      await eventually(async () => {
        expect((await there.chat()).json.error.reason).toBe(reason);
      }, BOUND_MS);
    },
  );
});
