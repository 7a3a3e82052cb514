import { SettingsStore, settingsFromYaml } from '#libs/config';
import { ManualClock } from '#support/manual-clock';
import { standaloneGroup } from './model-registry.js';
import { DeploymentHealthService } from './deployment-health.service.js';

const yaml = (general: string) => `model_list:
  - { model_name: m, litellm_params: { model: openai/1, api_base: "http://127.0.0.1:9/v1", api_key: k }, model_info: { id: one } }
  - { model_name: m, litellm_params: { model: openai/2, api_base: "http://127.0.0.1:9/v1", api_key: k }, model_info: { id: two } }
general_settings: { background_health_checks: true, health_check_interval: 10, ${general} }
`;

function open(general = 'enable_health_check_routing: true') {
  const settings = settingsFromYaml(yaml(general));
  const clock = new ManualClock();
  const health = new DeploymentHealthService(new SettingsStore(settings), clock);
  const group = standaloneGroup({ name: 'm', deployments: settings.deployments });
  return {
    clock,
    group,
    health,
    note: (id: string, isHealthy: boolean | null): void => {
      health.note({ id }, { isHealthy, checkedAtMs: clock.nowMs(), problem: null });
    },
    preferred: (): string[] => health.preferredOf(group).deployments.map(({ id }) => id),
  };
}

describe('the health of deployments in routing', () => {
  it('leaves out what the last check found unhealthy, until it is healthy again', () => {
    const { note, preferred } = open();
    expect(preferred()).toEqual(['one', 'two']);
    note('one', false);
    expect(preferred()).toEqual(['two']);
    note('one', true);
    expect(preferred()).toEqual(['one', 'two']);
  });

  it('leaves nothing out for a check that said nothing of the deployment', () => {
    const { note, preferred } = open();
    note('one', null);
    expect(preferred()).toEqual(['one', 'two']);
  });

  it('keeps every deployment where all are unhealthy', () => {
    const { note, group, health } = open();
    note('one', false);
    note('two', false);
    expect(health.preferredOf(group)).toBe(group);
  });

  it('forgets a result after three intervals', () => {
    const { note, clock, preferred } = open();
    note('one', false);
    clock.advance(29);
    expect(preferred()).toEqual(['two']);
    clock.advance(1);
    expect(preferred()).toEqual(['one', 'two']);
  });

  it('decides nothing unless it is asked to', () => {
    const { note, preferred } = open('enable_health_check_routing: false');
    note('one', false);
    expect(preferred()).toEqual(['one', 'two']);
  });
});
