import { warningsOf } from '#support/config-outcome';
import { settingsFromYaml } from '../load-settings.js';

const budgetsOf = (text: string) => settingsFromYaml(text).budgets;
const since = '1970-01-01T00:00:00.000Z';
const capOf = (maxBudget: string, duration: string | null = null) => ({
  budgets: [{ maxBudget, duration, since }],
  hasMainBudget: true,
});

describe('configured budgets', () => {
  it('are none, with days that begin at midnight in UTC, where the file says nothing', () => {
    expect(budgetsOf('')).toEqual({
      unpricedModels: 'allow',
      clampOutput: false,
      leaseSeconds: 60,
      calendar: { zone: 'UTC', resetTime: '00:00' },
      exceededStatus: 422,
      gateway: {},
      providers: {},
      newUsers: {},
      newTeams: {},
      newOrganizations: {},
      endUsers: {},
    });
  });

  it('are those of the whole gateway and of providers, with every digit of the file', () => {
    const text = `
litellm_settings: { max_budget: 1000.000000000001, budget_duration: 30d }
router_settings:
  provider_budget_config:
    openai: { budget_limit: 0.000000000001, time_period: 1d }
    azure: { budget_limit: 0, time_period: 10d }
    groq: { max_budget: 2, budget_duration: 1mo }
`;
    expect(budgetsOf(text)).toMatchObject({
      gateway: capOf('1000.000000000001', '30d'),
      providers: {
        openai: capOf('0.000000000001', '1d'),
        azure: capOf('0', '10d'),
        groq: capOf('2', '1mo'),
      },
    });
  });

  it.each([
    ['budget_duration: 30d', 'litellm_settings.budget_duration'],
    ['max_budget: 0, budget_duration: 30d', 'litellm_settings.budget_duration'],
    [
      'max_end_user_budget: 1, max_end_user_budget_id: gold',
      'litellm_settings.max_end_user_budget',
    ],
  ])('that limit nothing are warned of: %s', (keys, path) => {
    const warned = (text: string) =>
      warningsOf(`litellm_settings: { ${text} }`).filter((one) => one.startsWith('litellm_'));
    expect(warned(keys)).toEqual([expect.stringContaining(`${path} has no effect`)]);
    expect(warned('max_budget: 1, budget_duration: 30d')).toEqual([]);
  });

  it('of a provider that no deployment has are warned of', () => {
    const text = `
model_list: [{ model_name: m, litellm_params: { model: openai/m, api_key: k } }]
router_settings:
  provider_budget_config:
    openai: { budget_limit: 1, time_period: 1d }
    open_ai: { budget_limit: 1, time_period: 1d }`;
    const { warnings } = settingsFromYaml(text);
    expect(warnings.filter(({ path }) => path.includes('provider_budget'))).toEqual([
      {
        path: 'router_settings.provider_budget_config.open_ai',
        message: 'is the provider of no deployment',
      },
    ]);
  });

  it('of new teams are those of default_team_params, completed by the entry of default_team_settings for all teams', () => {
    const settings = `
  default_team_settings:
    - { team_id: a, success_callback: [langfuse] }
    - { team_id: default-settings, max_budget: 100, rpm_limit: 5 }`;
    expect(budgetsOf(`litellm_settings: ${settings}`).newTeams).toEqual({
      ...capOf('100'),
      requestsPerMinute: 5,
    });
    const both = `litellm_settings: ${settings}\n  default_team_params: { max_budget: 7, budget_duration: 1mo }`;
    expect(budgetsOf(both).newTeams).toEqual({ ...capOf('7', '1mo'), requestsPerMinute: 5 });
    expect(budgetsOf('litellm_settings: { default_team_settings: {} }').newTeams).toEqual({});
    const members =
      'team_member_budget: 2, team_member_budget_duration: 1d, team_member_rpm_limit: 3';
    expect(budgetsOf(`litellm_settings: { default_team_params: { ${members} } }`).newTeams).toEqual(
      { members: { ...capOf('2', '1d'), requestsPerMinute: 3 } },
    );
  });

  it.each(['{ team_id: a, max_budget: 1 }', '{ rpm_limit: 1 }'])(
    'of one team refuse the start, because they would limit no team: %s',
    (entry) => {
      const text = `litellm_settings: { default_team_settings: [${entry}] }`;
      expect(() => budgetsOf(text)).toThrow('limits no team');
    },
  );

  it('of the whole gateway is none where it is 0, as in LiteLLM', () => {
    expect(budgetsOf('litellm_settings: { max_budget: 0, budget_duration: 1d }').gateway).toEqual(
      {},
    );
  });

  it.each(['1e-13', '1e12', '1e30'])(
    'that limits cannot hold refuse the start instead of being 0 or none: %s',
    (amount) => {
      for (const setting of [
        `litellm_settings: { max_budget: ${amount} }`,
        `litellm_settings: { max_end_user_budget: ${amount} }`,
        `litellm_settings: { default_key_generate_params: { max_budget: ${amount} } }`,
        `router_settings: { provider_budget_config: { openai: { budget_limit: ${amount}, time_period: 1d } } }`,
      ])
        expect(() => budgetsOf(setting)).toThrow('from 0.000000000001 to less than 1000000000000');
    },
  );

  it.each(['tags', 'rpm_limit_type', 'temp_budget_increase'])(
    'do not stand in the metadata of new keys: %s',
    (name) => {
      const params = `default_key_generate_params: { metadata: { ${name}: a, note: b } }`;
      expect(() => budgetsOf(`litellm_settings: { ${params} }`)).toThrow(
        `default_key_generate_params.metadata.${name} limits or tags keys`,
      );
    },
  );

  it.each([421, 500, 'abc'])('name the known statuses where the file has another: %s', (status) => {
    const text = `litellm_settings: { budget_exceeded_status_code: ${status} }`;
    expect(() => budgetsOf(text)).toThrow('Use one of: 422, 429, 402, 400.');
  });

  it.each([422, 429, 402, 400])('refuse calls with %i where the file says so', (status) => {
    const text = `litellm_settings: { budget_exceeded_status_code: ${status} }`;
    expect(budgetsOf(text).exceededStatus).toBe(status);
  });

  it('begin in a zone and at a time of the day', () => {
    const text = 'litellm_settings: { timezone: Asia/Kathmandu, budget_reset_time: "06:30" }';
    expect(budgetsOf(text).calendar).toEqual({ zone: 'Asia/Kathmandu', resetTime: '06:30' });
    const unquoted = 'litellm_settings: { budget_reset_time: 06:30 }';
    expect(budgetsOf(unquoted).calendar.resetTime).toBe('06:30');
  });

  it('of end users are a sum or the name of a budget, which wins', () => {
    expect(budgetsOf('litellm_settings: { max_end_user_budget: 2.5 }').endUsers).toEqual(
      capOf('2.5'),
    );
    const both = 'litellm_settings: { max_end_user_budget: 2.5, max_end_user_budget_id: free }';
    expect(budgetsOf(both).endUsers).toEqual({ budgetId: 'free' });
  });

  it.each([
    ['litellm_settings: { max_budget: -1 }', 'litellm_settings.max_budget'],
    ['litellm_settings: { budget_duration: daily }', 'litellm_settings.budget_duration'],
    ['litellm_settings: { timezone: Mars/Olympus }', 'litellm_settings.timezone'],
    ['litellm_settings: { budget_reset_time: "24:00" }', 'litellm_settings.budget_reset_time'],
    [
      'litellm_settings: { budget_exceeded_status_code: 500 }',
      'litellm_settings.budget_exceeded_status_code',
    ],
    [
      'litellm_settings: { default_internal_user_params: { models: [a] } }',
      'litellm_settings.default_internal_user_params.models',
    ],
    [
      'litellm_settings: { default_team_params: { max_budgets: 5 } }',
      'litellm_settings.default_team_params.max_budgets',
    ],
    [
      'router_settings: { provider_budget_config: { openai: { time_period: 1d } } }',
      'router_settings.provider_budget_config.openai.budget_limit',
    ],
    [
      'router_settings: { provider_budget_config: { openai: { max_budget: 1 } } }',
      'router_settings.provider_budget_config.openai.time_period',
    ],
    [
      'router_settings: { provider_budget_config: { openai: { max_budget: 1, budget_limit: 1, time_period: 1d } } }',
      'router_settings.provider_budget_config.openai.max_budget',
    ],
    [
      'router_settings: { provider_budget_config: { openai: { budget_limit: 1, time_period: daily } } }',
      'router_settings.provider_budget_config.openai.time_period',
    ],
    ['gatehouse: { budgets: { clamp_output: maybe } }', 'gatehouse.budgets.clamp_output'],
  ])('refuse the start where they are malformed: %s', (text, path) => {
    expect(() => budgetsOf(text)).toThrow(path);
  });
});
