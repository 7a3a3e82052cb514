import { GatehouseError } from '#libs/common';
import type { CostRequest, CostReservation } from '#libs/spend';
import { eventually } from '#support/eventually';
import type { FakeBehaviour } from '#support/fake-behaviour';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { post, type RawAnswer } from '#support/raw-client';
import { startRelay, type RelayHarness } from '#support/relay-harness';
import { ScriptedCostAdmission } from '#support/scripted-cost-admission';

const MESSAGES = [{ role: 'user', content: 'hello' }];
const TOO_LONG = JSON.stringify({
  error: { code: 'context_length_exceeded', message: 'too long', type: 'invalid_request_error' },
});
const FILTERED = JSON.stringify({ error: { code: 'content_filter', message: 'filtered' } });

/** Refuses the models that a test names, and admits all others. */
class ModelCosts extends ScriptedCostAdmission {
  readonly refused = new Set<string>();
  /** Reservations that were handed over with a request, by model. */
  readonly after = new Map<string, CostReservation | null>();
  /** Reservations that were open when a request asked. */
  openAtAdmission: number[] = [];

  override admit(
    request: CostRequest,
    after: CostReservation | null = null,
  ): Promise<CostReservation> {
    this.openAtAdmission.push(this.requests.length - this.released.length);
    this.after.set(request.modelGroup, after);
    if (this.refused.has(request.modelGroup)) throw new GatehouseError('budget_exceeded');
    return super.admit(request);
  }
}

function deployment(model: string, url: string, id = `dep-${model}`): string {
  return `
  - model_name: ${model}
    litellm_params: { model: openai/real-${model}, api_base: "${url}/v1", api_key: k, timeout: 2,
      input_cost_per_token: 0.000001, output_cost_per_token: 0.000002 }
    model_info: { id: ${id} }`;
}

describe('fallbacks', () => {
  let upstream: FakeUpstream;
  let relay: RelayHarness;
  let before = 0;
  const costs = new ModelCosts();

  beforeAll(async () => {
    upstream = await startFakeUpstream();
    const models = ['a', 'b', 'c', 'd', 'lone', 'ring', 'wild/*', 'second'];
    relay = await startRelay(
      `model_list:${models.map((model) => deployment(model, upstream.url, `dep-${model.replace('/*', '')}`)).join('')}
  - model_name: unset
    litellm_params: { model: openai/x, api_key: os.environ/NOT_SET }
router_settings:
  num_retries: 0
  fallbacks: [{ a: [b, c] }, { ring: second, second: [ring] }, { unset: [b] }, { "wild/*": [dep-c] }]
  context_window_fallbacks: [{ a: [d] }]
  content_policy_fallbacks: { a: [c] }
  model_group_alias: { nick: a }
`,
      { costs },
    );
  });
  afterAll(async () => {
    await relay.stop();
    await upstream.close();
  });
  beforeEach(() => {
    relay.spend.events.length = 0;
    relay.models = null;
    costs.refused.clear();
    costs.requests.length = 0;
    costs.released.length = 0;
    costs.openAtAdmission = [];
    before = upstream.records.length;
  });

  const chat = (model: string, ...answers: FakeBehaviour[]): Promise<RawAnswer> => {
    upstream.enqueue(...answers);
    return post(relay.chatUrl, { model, messages: MESSAGES }).answer();
  };
  const called = (): string[] => upstream.records.slice(before).map(({ model }) => model);
  const booked = (): unknown[] =>
    relay.spend.intents.map(({ modelGroup, attempt }) => [modelGroup, attempt]);

  it('serve a call whose model answers with 500, and each attempt has its own entry', async () => {
    const response = await chat('a', { status: 500 });
    expect(response.status).toBe(200);
    expect(response.headers['x-litellm-attempted-fallbacks']).toBe('1');
    expect(response.headers['x-litellm-model-group']).toBe('b');
    expect(response.headers['x-litellm-model-id']).toBe('dep-b');
    expect(booked()).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    expect(relay.spend.outcomes.map(({ succeeded }) => succeeded)).toEqual([false, true]);
    const state = relay.states.at(-1);
    expect(state?.log).toMatchObject({ model: 'a', fallback: 'b', attempts: 2 });
    expect(state?.trace?.steps.map(({ detail }) => detail)).toContain(
      'the call falls back to the model b',
    );
    const [, last] = relay.spend.outcomes;
    expect(state?.booked?.costPico).toBe(last?.costPico);
  });

  it('are not tried for a call that is served', async () => {
    const response = await chat('a');
    expect(response.headers['x-litellm-attempted-fallbacks']).toBe('0');
    expect(called()).toEqual(['real-a']);
  });

  it('are tried in their order until one serves the call', async () => {
    const response = await chat('a', { status: 503 }, { status: 429 });
    expect(response.status).toBe(200);
    expect(called()).toEqual(['real-a', 'real-b', 'real-c']);
    expect(response.headers['x-litellm-attempted-fallbacks']).toBe('2');
    expect(booked()).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]);
  });

  it('that fail as well leave the answer of the first model', async () => {
    const response = await chat('a', { status: 503 }, { status: 500 }, { status: 502 });
    expect(response.status).toBe(503);
    expect(response.headers['x-litellm-model-group']).toBe('a');
    expect(response.headers['x-litellm-attempted-fallbacks']).toBe('2');
  });

  it.each([
    ['an input that is too long', { status: 400, body: TOO_LONG }, 'real-d'],
    ['refused content', { status: 400, body: FILTERED }, 'real-c'],
  ])('of %s are those of its kind alone', async (_what, answer, model) => {
    const response = await chat('a', answer);
    expect(response.status).toBe(200);
    expect(called()).toEqual(['real-a', model]);
  });

  it.each([
    ['b', { status: 400, body: TOO_LONG }, 400],
    ['a', { status: 400 }, 400],
    ['lone', { status: 500 }, 500],
  ])('of %s do not serve a call that ended with %j', async (model, answer, status) => {
    const response = await chat(model, answer);
    expect(response.status).toBe(status);
    expect(called()).toHaveLength(1);
  });

  it('end where they form a ring', async () => {
    const response = await chat('ring', { status: 500 }, { status: 502 });
    expect(response.status).toBe(500);
    expect(called()).toEqual(['real-ring', 'real-second']);
  });

  it('that the caller may not use are passed over, and named in the decision', async () => {
    relay.models = ['a', 'c'];
    const response = await chat('a', { status: 500 });
    expect(response.headers['x-litellm-model-group']).toBe('c');
    expect(called()).toEqual(['real-a', 'real-c']);
    expect(relay.states.at(-1)?.trace?.steps.map(({ detail }) => detail)).toContain(
      'the model b is passed over: model_not_allowed',
    );
  });

  it('whose budget is exhausted are passed over before anything is written for them', async () => {
    costs.refused.add('b');
    const response = await chat('a', { status: 500 });
    expect(response.headers['x-litellm-model-group']).toBe('c');
    expect(response.headers['x-litellm-attempted-fallbacks']).toBe('1');
    expect(booked()).toEqual([
      ['a', 1],
      ['c', 2],
    ]);
  });

  it('are not tried for a caller whose budget refuses the model of the request', async () => {
    costs.refused.add('a');
    const response = await chat('a');
    expect(response.status).toBe(422);
    expect(called()).toEqual([]);
  });

  it('are admitted after the reservation of the model before is released', async () => {
    await chat('a', { status: 500 }, { status: 500 });
    expect(costs.openAtAdmission).toEqual([0, 0, 0]);
    expect(costs.released).toHaveLength(3);
    expect(costs.after.get('a')).toBeNull();
    expect(costs.after.get('c')?.request.modelGroup).toBe('b');
  });

  it('serve a model without deployments', async () => {
    const response = await chat('unset');
    expect(response.status).toBe(200);
    expect(called()).toEqual(['real-b']);
  });

  it('may be one deployment, and belong to a wildcard group or an alias', async () => {
    const wild = await chat('wild/x', { status: 500 });
    expect(wild.headers['x-litellm-model-id']).toBe('dep-c');
    const nick = await chat('nick', { status: 500 });
    expect(nick.headers['x-litellm-model-group']).toBe('b');
  });

  it('serve a stream that has not begun, and never one that has', async () => {
    const stream = async (behaviour: FakeBehaviour): Promise<RawAnswer> => {
      upstream.enqueue(behaviour);
      return post(relay.chatUrl, { model: 'a', messages: MESSAGES, stream: true }).answer();
    };
    const unbegun = await stream({ cutBeforeHead: true });
    expect(unbegun.status).toBe(200);
    expect(called()).toEqual(['real-a', 'real-b']);
    expect(booked()).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    // The upstream may bill the attempt that was cut: it is booked at the counted input.
    expect(relay.spend.outcomes.map(({ usageSource }) => usageSource)).toEqual([
      'estimate',
      'provider',
    ]);
    before = upstream.records.length;
    const begun = await stream({ chunks: 5, delayMs: 5, cutAfterBytes: 700 });
    expect(begun.text).toContain('upstream_invalid');
    expect(called()).toEqual(['real-a']);
  });

  it('end with the client', async () => {
    upstream.enqueue({ status: 500, firstDelayMs: 150 });
    const call = post(relay.chatUrl, { model: 'a', messages: MESSAGES });
    await eventually(() => {
      expect(called()).toHaveLength(1);
    });
    call.request.destroy();
    await eventually(() => {
      expect(relay.spend.kinds).toContain('settle');
      expect(relay.unsettledCalls.count()).toBe(0);
    });
    expect(called()).toEqual(['real-a']);
  });
});
