import { Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { DecisionTrace } from '#libs/access';
import { ConfigurationModule, settingsFromYaml } from '#libs/config';
import { CostAdmissionModule } from '#libs/spend';
import { anAccessContext } from '#support/access-builders';
import { NO_OBJECTS } from '../routing/call-objects.js';
import {
  DEPLOYMENT_STATES,
  DeploymentStatesService,
} from '../routing/deployment-states.service.js';
import { CallObjectsService } from './call-objects.service.js';
import { RelayPreflight } from './relay-preflight.js';

const settings = settingsFromYaml(`model_list:
  - { model_name: m, model_info: { id: one }, litellm_params: { model: openai/1, api_key: k } }
  - { model_name: m, model_info: { id: two }, litellm_params: { model: openai/2, api_key: k } }
  - { model_name: alone, model_info: { id: three }, litellm_params: { model: openai/3, api_key: k } }
router_settings: { routing_strategy: least-busy }
`);

describe('the explanation of a call', () => {
  let preflight: RelayPreflight;
  let states: DeploymentStatesService;

  beforeEach(async () => {
    Logger.overrideLogger(false);
    const module = await Test.createTestingModule({
      imports: [ConfigurationModule.forRoot(settings), CostAdmissionModule],
      providers: [
        RelayPreflight,
        DEPLOYMENT_STATES,
        { provide: CallObjectsService, useValue: { of: () => NO_OBJECTS } },
      ],
    }).compile();
    preflight = module.get(RelayPreflight);
    states = module.get(DeploymentStatesService);
  });

  async function explain(model: string): Promise<{ notes: string[]; refusal: unknown }> {
    const trace = new DecisionTrace('dec_1');
    const refusal = await preflight.evaluate({
      route: { method: 'POST', path: '/chat/completions', model: null },
      access: anAccessContext({ models: { mayUse: () => true } }),
      body: { value: () => model },
      trace,
    });
    const notes = trace.steps.map(({ detail, config_key: key }) => `${detail} (${String(key)})`);
    return { notes, refusal };
  }

  const leaveOut = (index: number): void => {
    const deployment = settings.deployments[index];
    if (deployment === undefined) throw new Error('there is a deployment');
    states.fail(deployment, { failure: 'rate-limit', requestedMs: 30_000, groupSize: 2 });
  };

  it('names the strategy where it has a choice', async () => {
    expect(await explain('m')).toEqual({
      notes: ['least-busy among one, two (router_settings.routing_strategy)'],
      refusal: null,
    });
    expect(await explain('alone')).toEqual({ notes: [], refusal: null });
  });

  it('names a deployment that is left out, and why', async () => {
    leaveOut(0);
    const { notes, refusal } = await explain('m');
    expect(notes).toEqual([
      'least-busy: one is left out for 30 s after a failure (rate-limit) (router_settings.routing_strategy)',
    ]);
    expect(refusal).toBeNull();
  });

  it('refuses as the relay does while all are left out', async () => {
    leaveOut(0);
    leaveOut(1);
    expect((await explain('m')).refusal).toMatchObject({
      code: 'no_deployment_available',
      retryAfterSeconds: 30,
    });
  });
});
