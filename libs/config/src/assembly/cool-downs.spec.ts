import { settingsFromYaml, type Settings } from '#libs/config';

const read = (router: string, entry = '', info = '', library = ''): Settings =>
  settingsFromYaml(`model_list:
  - { model_name: m, litellm_params: { model: openai/m, api_key: k ${entry} }, model_info: { id: d ${info} } }
router_settings: { ${router} }
litellm_settings: { ${library} }
`);

const coolDown = (...parts: Parameters<typeof read>): unknown =>
  read(...parts).deployments[0]?.coolDown;

describe('the cool-down of a deployment', () => {
  it('lasts as long as model_info says, then litellm_params, router_settings and litellm_settings', () => {
    const seconds = (...parts: Parameters<typeof read>): number | undefined =>
      read(...parts).deployments[0]?.coolDown.seconds;
    const library = 'cooldown_time: 4';
    expect(seconds('')).toBe(5);
    expect(seconds('', '', '', library)).toBe(4);
    expect(seconds('cooldown_time: 3', '', '', library)).toBe(3);
    expect(seconds('cooldown_time: 3', ', cooldown_time: 0')).toBe(0);
    expect(seconds('cooldown_time: 3', ', cooldown_time: 2', ', cooldown_time: 1')).toBe(1);
    expect(seconds('disable_cooldowns: true', ', cooldown_time: 2')).toBe(0);
  });

  it('comes after the failures that are allowed, for its own entry first and by their kind first', () => {
    const all = {
      authentication: 3,
      'not-found': 3,
      timeout: 3,
      'rate-limit': 3,
      internal: 3,
      unavailable: 3,
    };
    expect(coolDown('')).toMatchObject({ allowedFails: {} });
    expect(coolDown('allowed_fails: 3')).toMatchObject({ allowedFails: all });
    expect(coolDown('', '', '', 'allowed_fails: 3')).toMatchObject({ allowedFails: all });
    const policy =
      'allowed_fails_policy: { RateLimitErrorAllowedFails: 1, BadRequestErrorAllowedFails: 9 }';
    expect(coolDown(`allowed_fails: 3, ${policy}`)).toMatchObject({
      allowedFails: { ...all, 'rate-limit': 1, 'bad-request': 9 },
    });
    expect(coolDown(`allowed_fails: 3, ${policy}`, '', ', allowed_fails: 7')).toMatchObject({
      allowedFails: { 'rate-limit': 7, internal: 7, 'bad-request': 9 },
    });
  });
});

describe('policies of retries', () => {
  it('are read by the names of LiteLLM, for the router and for model groups', () => {
    const { router } = read(
      'retry_policy: { TimeoutErrorRetries: 1, DefaultRetries: 4 }, model_group_retry_policy: { m: { RateLimitErrorRetries: 3 } }',
    );
    expect(router.retryPolicy).toEqual({ byClass: { timeout: 1 }, otherwise: 4 });
    expect(router.groupRetryPolicies).toEqual({
      m: { byClass: { 'rate-limit': 3 }, otherwise: null },
    });
  });

  it.each(['TimeoutRetries: 1', 'RateLimitErrorRetries: -1'])('refuse %s', (policy) => {
    expect(() => read(`retry_policy: { ${policy} }`)).toThrow(/retry_policy/);
  });
});

describe('a strategy', () => {
  it('that is not known refuses the start', () => {
    expect(() => read('routing_strategy: fastest')).toThrow(/routing_strategy/);
  });

  it('by usage makes rpm and tpm limits', () => {
    const limits = (strategy: string): unknown =>
      read(`routing_strategy: ${strategy}`, ', tpm: 7').deployments[0]?.limits.tokensPerMinute;
    expect(limits('usage-based-routing-v2')).toBe(7);
    expect(limits('least-busy')).toBeNull();
  });
});
