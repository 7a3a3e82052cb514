import { Logger } from '@nestjs/common';
import { SettingsStore } from '#libs/config';
import { startBudgetedGateways, type BudgetedGateways } from '#support/budgeted-gateways';
import type { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { describeWithPostgres } from '#support/postgres';

const LIBRARY = `  max_end_user_budget_id: customers
  default_key_generate_params: { budget_id: keys }`;

describeWithPostgres('budgets that the configuration names, on two replicas', (server) => {
  let budgeted: BudgetedGateways;
  let admin: Client;
  let clients: readonly Client[];
  const warnings: string[] = [];

  beforeAll(async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation((text: string) => {
      warnings.push(text);
    });
    budgeted = await startBudgetedGateways({
      databaseUrl: await server().createDatabase(),
      replicas: 2,
      library: LIBRARY,
    });
    await eventually(() => {
      expect(warnings.filter((text) => text.includes('budget_missing')).length).toBe(4);
    });
    warn.mockRestore();
    admin = budgeted.admin;
    await admin.post('/team/new', { team_id: 'research' });
    const token = await budgeted.issuer.sign({ email: 'alice@acme.example', team: 'research' });
    clients = [budgeted.caller(0, token), budgeted.caller(1, token)];
  });
  afterAll(async () => {
    await budgeted.stop();
  });

  const chats = async (user?: string) =>
    Promise.all(
      clients.map((client) =>
        client.chat('x', { max_tokens: 100, ...(user === undefined ? {} : { user }) }),
      ),
    );

  it('are warned of at the start while they do not exist, with the key that names them', () => {
    for (const setting of [
      'litellm_settings.max_end_user_budget_id',
      'litellm_settings.default_key_generate_params.budget_id',
    ]) {
      expect(warnings.filter((text) => text.startsWith(`${setting}: `))).toHaveLength(2);
    }
  });

  it('refuse what needs them until they exist, from then on admit it, and limit it', async () => {
    for (const { status, headers, json } of await chats('eve')) {
      expect([status, json.error.reason]).toEqual([503, 'budget_missing']);
      expect(headers.get('x-should-retry')).toBe('false');
      expect(JSON.stringify(json)).toContain('litellm_settings.max_end_user_budget_id');
    }
    expect((await chats()).map(({ status }) => status)).toEqual([200, 200]);
    const unmade = await admin.post('/key/generate', {});
    expect([unmade.status, unmade.json.error.reason]).toEqual([503, 'budget_missing']);
    expect(unmade.text).toContain('litellm_settings.default_key_generate_params.budget_id');
    await admin.post('/budget/new', { budget_id: 'customers', max_budget: 0.02 });
    await admin.post('/budget/new', { budget_id: 'keys', max_budget: 1 });
    await eventually(async () => {
      expect((await chats('eve')).map(({ status }) => status)).toEqual([200, 200]);
    });
    expect((await chats('eve')).map(({ json }) => json.error.reason)).toEqual([
      'budget_exceeded',
      'budget_exceeded',
    ]);
    expect((await admin.post('/key/generate', {})).json).toMatchObject({ budget_id: 'keys' });
  });

  it.each([
    ['customers', 'litellm_settings.max_end_user_budget_id'],
    ['keys', 'litellm_settings.default_key_generate_params.budget_id'],
  ])('are not deleted: %s', async (id, setting) => {
    const refused = await admin.post('/budget/delete', { id });
    expect([refused.status, refused.json.error.reason]).toEqual([400, 'request_invalid']);
    expect(refused.text).toContain(setting);
    expect((await admin.post('/budget/info', { budgets: [id] })).json).toHaveLength(1);
  });

  it('that a gateway with another configuration deletes refuse at those that name them', async () => {
    const settings = budgeted.gateways[0]?.gateway.app.get(SettingsStore);
    if (settings === undefined) throw new Error('no gateway');
    const { budgets } = settings.current;
    settings.swap({ ...settings.current, budgets: { ...budgets, endUsers: {} } });
    expect((await admin.post('/budget/delete', { id: 'customers' })).status).toBe(200);
    await eventually(async () => {
      const [elsewhere, here] = await chats('adam');
      expect([elsewhere?.status, here?.json.error.reason]).toEqual([200, 'budget_missing']);
    });
  });
});
