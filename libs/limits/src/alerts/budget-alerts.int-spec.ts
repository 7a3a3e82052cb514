import { createHmac, randomUUID } from 'node:crypto';
import { startAlertReceiver, type AlertReceiver } from '#support/alert-receiver';
import {
  aLimitedCustomer,
  aTeamOfLimitedMembers,
  spendNow,
  twoAlertReplicas,
  type AlertReplicas,
} from '#support/alert-replicas';
import { describeOnEachDatabase } from '#support/each-database';
import { ManualClock } from '#support/manual-clock';
import { AN_ADMIN, openManagement, type ManagementHarness } from '#support/management';
import type { Limits } from '#libs/access';
import { pairId } from '#libs/spend';
import { keyIdOf, newKeyText, type KeyValues } from '#libs/keys';
import { claimAlerts } from './alert-store.js';

const A_KEY: KeyValues = {
  ...{ alias: null, userId: null, teamId: null, organizationId: null, expiresAt: null },
  ...{ models: [], allowedRoutes: [], metadata: {}, limits: {}, blocked: false },
};
const SECRET = 'alert-secret';
const LEASE_MS = 2 * 60 * 1_000;

describeOnEachDatabase('alerts about budgets', (freshDatabase) => {
  let harness: ManagementHarness;
  let receiver: AlertReceiver;
  let replicas: AlertReplicas;
  const clock = new ManualClock(Date.parse('2026-03-15T10:00:00Z'));

  beforeAll(async () => {
    harness = await openManagement(await freshDatabase());
    receiver = await startAlertReceiver();
    replicas = twoAlertReplicas(
      harness,
      clock,
      `litellm_settings: { max_budget: 100 }
gatehouse: { alerts: { thresholds: [50, 80, 100],
        webhook: { url: "${receiver.url}/hook", secret: ${SECRET} }, slack: { url: "${receiver.url}/slack" } } }`,
    );
  });
  afterAll(async () => {
    await replicas.close();
    await receiver.close();
    await harness.close();
  });

  const run = () => replicas.run();
  const customer = (limits: Limits) => aLimitedCustomer(harness, randomUUID(), limits);
  const spend = (...what: Parameters<typeof spendNow>[2]) => spendNow(harness, clock, what);
  const spendForEver = (scope: string, id: string, usd: string) =>
    harness.database.write(({ manager }) =>
      manager.query(
        `INSERT INTO budget_windows (scope, id, window_start, window_end, spent_usd)
         VALUES ($1, $2, '-infinity', 'infinity', $3)`,
        [scope, id, usd],
      ),
    );
  const sentAbout = (id: string, path = '/hook') =>
    receiver.received.filter((one) => one.path === path && one.text.includes(id));
  const eventsAbout = (id: string) =>
    sentAbout(id)
      .map(({ json }) => `${String(json['event'])} ${String(json['threshold'])}`)
      .sort();
  const budget = (maxBudget: string, duration: string | null = null): Limits => ({
    budgets: [{ maxBudget, duration, since: '2026-01-01T00:00:00.000Z' }],
    hasMainBudget: true,
  });

  it('are sent once for each percentage, by two replicas that look at the same time', async () => {
    const id = await customer(budget('10'));
    await spend('end_user', id, '4.999999999999');
    await run();
    expect(eventsAbout(id)).toEqual([]);
    await spend('end_user', id, '0.000000000001');
    await run();
    expect(eventsAbout(id)).toEqual(['threshold_crossed 50']);
    await spend('end_user', id, '3');
    await run();
    await spend('end_user', id, '3');
    await run();
    const all = ['budget_crossed 100', 'threshold_crossed 50', 'threshold_crossed 80'];
    expect(eventsAbout(id)).toEqual(all);
    expect(sentAbout(id, '/slack')).toHaveLength(3);
    expect(sentAbout(id, '/slack')[0]?.json['text']).toContain(`The customer ${id} has reached`);
  });

  it('are about the highest percentage alone where spend jumps over several, and never about a lower one later', async () => {
    const id = await customer(budget('10'));
    await spend('end_user', id, '11');
    await run();
    expect(eventsAbout(id)).toEqual(['budget_crossed 100']);
    expect(sentAbout(id)[0]?.json['event_message']).toBe(
      `The customer ${id} has reached 100 % of its budget: US$ 11 of US$ 10.`,
    );
    // A correction of the books.
    await spend('end_user', id, '-2');
    await run();
    expect(eventsAbout(id)).toEqual(['budget_crossed 100']);
  });

  it('are sent for a key that was regenerated, whose spend goes on under its first id', async () => {
    const text = newKeyText();
    await harness.database.write(async (unit) => {
      await harness.keys.create(unit, text, { ...A_KEY, limits: budget('10') }, AN_ADMIN);
      const rotation = { keyId: keyIdOf(text), keyText: newKeyText(), changes: {} };
      await harness.keys.regenerate(unit, rotation, AN_ADMIN);
    });
    await spend('key', keyIdOf(text), '5');
    await run();
    expect(eventsAbout(keyIdOf(text))).toEqual(['threshold_crossed 50']);
  });

  it('name a key by its alias, or else by its masked text, with its id', async () => {
    const model = { maxBudget: '1', duration: null, since: '2026-01-01T00:00:00.000Z' };
    const limits = { ...budget('10'), modelBudgets: { mini: model } };
    const key = async (alias: string | null): Promise<string> => {
      const text = newKeyText();
      await harness.database.write((unit) =>
        harness.keys.create(unit, text, { ...A_KEY, alias, limits }, AN_ADMIN),
      );
      await spend('key', keyIdOf(text), '5');
      return text;
    };
    const [alias, texts] = [randomUUID(), [await key(null)]];
    texts.push(await key(alias));
    const [masked, named] = texts.map(keyIdOf);
    await spendForEver('key_model', `${String(named)}:mini`, '1');
    await run();
    const aboutNamed = sentAbout(String(named)).map(({ json }) => json);
    expect(aboutNamed.map((json) => json['event_message']).sort()).toEqual([
      `The key ${alias} (${String(named)}) has reached 50 % of its budget: US$ 5 of US$ 10.`,
      `The key with model ${alias} (${String(named)}:mini) has reached 100 % of its budget: US$ 1 of US$ 1.`,
    ]);
    expect(aboutNamed.map((json) => json['key_alias'])).toEqual([alias, alias]);
    const [sent] = sentAbout(String(masked), '/slack');
    const name = `sk-...${String(texts[0]).slice(-4)}`;
    expect(sent?.json['text']).toContain(`The key ${name} (${String(masked)}) has reached`);
  });

  it('are signed with the secret over the time and the body', async () => {
    const id = await customer(budget('10'));
    await spend('end_user', id, '5');
    await run();
    const [sent] = sentAbout(id);
    const timestamp = String(sent?.headers['x-gatehouse-timestamp']);
    const expected = createHmac('sha256', SECRET)
      .update(`${timestamp}.${sent?.text ?? ''}`)
      .digest('hex');
    expect(sent?.headers['x-gatehouse-signature']).toBe(`sha256=${expected}`);
    expect(sent?.headers['idempotency-key']).toBe(sent?.json['id']);
  });

  it('are sent again to the receiver that refused them, with the same id, and to no other', async () => {
    const id = await customer({ softBudget: '1' });
    await spend('end_user', id, '1');
    receiver.enqueue(500, 500);
    await run();
    expect([sentAbout(id), sentAbout(id, '/slack')].map((sent) => sent.length)).toEqual([1, 1]);
    clock.advance(20);
    await run();
    expect([sentAbout(id), sentAbout(id, '/slack')].map((sent) => sent.length)).toEqual([2, 2]);
    clock.advance(60 * 60);
    await run();
    const sent = sentAbout(id);
    expect(sent.map(({ json }) => json['event'])).toEqual(Array(2).fill('soft_budget_crossed'));
    expect(new Set(sent.map(({ json }) => json['id'])).size).toBe(1);
    expect(sentAbout(id, '/slack')).toHaveLength(2);
  });

  it('outlive the process that was about to send them', async () => {
    const id = await customer(budget('10'));
    await spend('end_user', id, '5');
    // Stored and taken by a process that then ends.
    receiver.enqueue(500, 500);
    await run();
    clock.advance(20);
    const now = clock.now();
    const leaseEnd = new Date(now.getTime() + LEASE_MS);
    const claimed = await harness.database.write((unit) => claimAlerts(unit, { now, leaseEnd }));
    expect(claimed.filter((alert) => alert.id === id)).toHaveLength(1);
    await run();
    expect(sentAbout(id)).toHaveLength(1);
    clock.advance(LEASE_MS / 1_000);
    await run();
    expect(sentAbout(id)).toHaveLength(2);
  });

  it('are sent again in the next window, and for the rest of a budget that was raised', async () => {
    const id = await customer(budget('10', '1mo'));
    await spend('end_user', id, '5');
    await run();
    const limits = budget('20', '1mo');
    await harness.database.write((unit) => harness.endUsers.update(unit, id, { limits }, AN_ADMIN));
    await spend('end_user', id, '5');
    await run();
    expect(sentAbout(id).map(({ json }) => json['max_budget'])).toEqual([10, 20]);
    clock.advance(31 * 24 * 60 * 60);
    await spend('end_user', id, '10');
    await run();
    const windows = sentAbout(id).map(({ json }) => json['window_start']);
    const [march, april] = ['2026-03-01T00:00:00.000Z', '2026-04-01T00:00:00.000Z'];
    expect(windows).toEqual([march, march, april]);
  });

  it('are about members of teams, too, whose ids may hold a colon', async () => {
    const [teamId, userId]: string[] = [`team:${randomUUID()}`, `user:${randomUUID()}`];
    await aTeamOfLimitedMembers(harness, teamId ?? '', budget('1'));
    const id = pairId(teamId ?? '', userId ?? '');
    await spend('team_member', id, '1');
    await spend('team', teamId ?? '', '1');
    await run();
    expect(eventsAbout(id)).toEqual(['budget_crossed 100']);
    expect(sentAbout(userId ?? '')).toHaveLength(1);
  });

  it('are about tags', async () => {
    const name = randomUUID();
    const limits: Limits = { ...budget('10'), softBudget: '2' };
    await harness.database.write((unit) => harness.tags.create(unit, { name, limits }, AN_ADMIN));
    await spend('tag', name, '6');
    await run();
    expect(eventsAbout(name)).toEqual(['soft_budget_crossed null', 'threshold_crossed 50']);
    expect(sentAbout(name)[0]?.json).toMatchObject({
      event_group: 'tag',
      scope: 'tag',
      scope_id: name,
    });
  });

  it('are about the budgets for single models, by what their windows have spent', async () => {
    const teamId = randomUUID();
    const cap = { maxBudget: '2', duration: null, since: '2026-01-01T00:00:00.000Z' };
    const limits: Limits = { modelBudgets: { mini: cap, large: cap } };
    await harness.database.write(async (unit) => {
      await harness.teams.ensureFromToken(unit, teamId);
      await harness.teams.update(unit, teamId, { alias: null, limits }, AN_ADMIN);
    });
    await spend('team', teamId, '1');
    await spendForEver('team_model', `${teamId}:mini`, '1');
    await run();
    expect(eventsAbout(teamId)).toEqual(['threshold_crossed 50']);
    expect(sentAbout(teamId)[0]?.json).toMatchObject({
      scope: 'team_model',
      scope_id: `${teamId}:mini`,
      event_group: 'team',
      spent_usd: '1.000000000000',
    });
  });

  it('are about the budget of the whole gateway', async () => {
    await spendForEver('gateway', '', '80');
    await run();
    const about = '"event_group":"proxy"';
    expect(eventsAbout(about)).toEqual(['threshold_crossed 80']);
    expect(sentAbout(about)[0]?.json['event_message']).toContain('The gateway has reached');
  });
});
