import { costOf, formatUsd, parseDecimal, type PicoUsd } from '#libs/common';
import { Database } from '#libs/database';
import { Reconciler, SpendRecorder } from '#libs/spend';
import { Client, type SpendRow } from '#support/client';
import { describeOnEachDatabase } from '#support/each-database';
import { eventually } from '#support/eventually';
import type { FakeRecord } from '#support/fake-behaviour';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { DEFAULT_JWTAUTH, startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

jest.setTimeout(120_000);

/** Four identities that share teams, organisations and end users in different ways. */
const PEOPLE = [
  { sub: 'alice', team: 'research', org: 'acme', end_user: 'shop-1' },
  { sub: 'bob', team: 'research', org: 'acme', end_user: 'shop-2' },
  { sub: 'carol', team: 'marketing', org: 'acme', end_user: 'shop-1' },
  { sub: 'dave', team: 'sales', org: 'globex', end_user: 'shop-3' },
] as const;

const CALLS = 200;

function price(text: string) {
  const decimal = parseDecimal(text);
  if (decimal === null) throw new Error('not a price');
  return decimal;
}

/** What one call costs by the upstream's own account; the prices are those of the test configuration. */
function costOfRecord(record: FakeRecord): PicoUsd {
  return costOf([
    { units: BigInt(record.promptTokens - record.cachedTokens), price: price('0.00000123') },
    { units: BigInt(record.cachedTokens), price: price('0.000000456') },
    { units: BigInt(record.completionTokens), price: price('0.00000777') },
  ]);
}

function totalsOf(records: readonly FakeRecord[]): Record<string, string> {
  const sums = new Map<string, PicoUsd>();
  for (const record of records) {
    const person = PEOPLE.find(({ sub }) => sub === record.user);
    if (person === undefined) throw new Error(`a call of an unknown user: ${String(record.user)}`);
    const cost = costOfRecord(record);
    for (const scope of [
      `user:${person.sub}`,
      `team:${person.team}`,
      `team_member:${person.team}:${person.sub}`,
      `org:${person.org}`,
      `org_member:${person.org}:${person.sub}`,
      `end_user:${person.end_user}`,
    ]) {
      sums.set(scope, (sums.get(scope) ?? 0n) + cost);
    }
  }
  return Object.fromEntries([...sums].sort().map(([scope, sum]) => [scope, formatUsd(sum)]));
}

describeOnEachDatabase('the books', (freshDatabase) => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let clients: Client[];

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    const databaseUrl = await freshDatabase();
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      jwtauth: `${DEFAULT_JWTAUTH}
    team_allowed_routes: [openai_routes, info_routes, spend_tracking_routes]`,
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
    });
    const admin = Client.admin(gateway.url);
    for (const organization_id of ['acme', 'globex']) {
      await admin.post('/organization/new', {
        organization_id,
        organization_alias: organization_id,
      });
    }
    for (const team_id of ['research', 'marketing', 'sales'])
      await admin.post('/team/new', { team_id });
    clients = await Promise.all(
      PEOPLE.map(
        async (person) =>
          new Client(
            gateway.url,
            await issuer.sign({ ...person, email: `${person.sub}@acme.example` }),
          ),
      ),
    );
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const totals = async (): Promise<Record<string, string>> => {
    await gateway.gateway.app.get(SpendRecorder).flush();
    const rows = await gateway.gateway.app
      .get(Database)
      .read((manager) =>
        manager.query<{ scope: string; id: string; spend_usd: string; reserved_usd: string }[]>(
          'SELECT scope, id, spend_usd::text, reserved_usd::text FROM gatehouse_spend_totals',
        ),
      );
    for (const row of rows) expect(Number(row.reserved_usd)).toBe(0);
    return Object.fromEntries(
      rows.map((row) => [`${row.scope}:${row.id}`, row.spend_usd] as const).sort(),
    );
  };

  /** Plain, streamed, streamed and abandoned, in turn; odd token counts so that every decimal is used. */
  const call = async (index: number): Promise<void> => {
    const person = PEOPLE[index % PEOPLE.length] ?? PEOPLE[0];
    const client = clients[index % PEOPLE.length];
    if (client === undefined) throw new Error('no client');
    const kind = ['plain', 'stream', 'abandon'][index % 3];
    const body = {
      model: 'test-model',
      user: person.sub,
      stream: kind !== 'plain',
      messages: [{ role: 'user', content: `call ${String(index)}` }],
      ...upstream.behaviour({
        chunks: 1 + (index % 7),
        promptTokens: 1_000 + index * 13,
        cachedTokens: index % 5 === 0 ? 512 : 0,
        ...(kind === 'abandon' ? { delayMs: 15 } : {}),
      }),
    };
    const abort = new AbortController();
    const response = await client.open('POST', '/v1/chat/completions', {
      body,
      signal: abort.signal,
    });
    expect(response.status).toBe(200);
    if (kind === 'abandon') abort.abort();
    else await response.text();
  };

  it(`equal the upstream’s own record to the last of twelve decimals after ${String(CALLS)} mixed calls`, async () => {
    for (let start = 0; start < CALLS; start += 25) {
      await Promise.all(Array.from({ length: 25 }, (_, offset) => call(start + offset)));
    }
    await eventually(() => {
      expect(upstream.records.filter(({ state }) => state !== 'complete')).toEqual([]);
    });
    expect(upstream.records).toHaveLength(CALLS);
    const expected = totalsOf(upstream.records);
    await eventually(async () => {
      expect(await totals()).toEqual(expected);
    });
    const report = await gateway.gateway.app.get(Reconciler).run();
    expect(report.differences).toEqual([]);
  });

  it('show one row per call that reached the upstream, settled from the provider’s usage', async () => {
    const rows = await gateway.gateway.app
      .get(Database)
      .read((manager) =>
        manager.query<{ state: string; usage_source: string; calls: string }[]>(
          'SELECT state, usage_source, count(*)::text AS calls FROM gatehouse_spend_entries GROUP BY 1, 2',
        ),
      );
    expect(rows).toEqual([
      { state: 'settled', usage_source: 'provider', calls: String(upstream.records.length) },
    ]);
  });

  it('are what the admin API tells of a team, a user and the single calls', async () => {
    const admin = Client.admin(gateway.url);
    const expected = totalsOf(upstream.records);
    const team = await admin.get('/team/info?team_id=research');
    expect(team.json.team_info.spend).toBe(Number(expected['team:research']));
    const user = await admin.get('/user/info?user_id=dave');
    expect(user.json.user_info.spend).toBe(Number(expected['user:dave']));
    const logs = await admin.get<SpendRow[]>('/spend/logs?user_id=dave&page=1&page_size=10');
    expect(logs.json).toHaveLength(10);
    expect(Number(logs.headers.get('x-total-count'))).toBe(CALLS / PEOPLE.length);
  });

  it('show a caller its own calls alone', async () => {
    const own = await clients[0]?.get<SpendRow[]>('/spend/logs?page_size=100');
    expect(new Set(own?.json.map(({ user }) => user))).toEqual(new Set(['alice']));
  });
});
