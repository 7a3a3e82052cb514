import { settingsFromYaml, type DeploymentSettings } from '#libs/config';
import { chooseLowest, chooseWeighted } from './chance.js';
import { STRATEGIES } from './index.js';
import type { RoutingFacts } from './routing-strategy.js';

const deployments = settingsFromYaml(`model_list:
  - { model_name: m, model_info: { id: a }, litellm_params: { model: openai/1, api_key: k, weight: 1 } }
  - { model_name: m, model_info: { id: b }, litellm_params: { model: openai/2, api_key: k, weight: 3 } }
  - { model_name: m, model_info: { id: c }, litellm_params: { model: openai/3, api_key: k, weight: 0 } }
`).deployments;

/** Looks a deployment's value up by its id. */
const by =
  <T>(values: Readonly<Record<string, T>>, other: T) =>
  ({ id }: DeploymentSettings): T =>
    values[id] ?? other;

const NOTHING: RoutingFacts = {
  random: Math.random,
  inFlight: () => 0,
  latencyMs: () => null,
  latencyBuffer: 0,
  tokensInMinute: () => 0,
  costPico: () => null,
};

/** The ids that a strategy chooses, over all of chance. */
function chosen(name: keyof typeof STRATEGIES, facts: Partial<RoutingFacts>): string[] {
  const ids = Array.from({ length: 60 }, (_one, step) =>
    STRATEGIES[name](deployments, { ...NOTHING, ...facts, random: () => step / 60 }),
  );
  return [...new Set(ids.map((one) => one?.id ?? 'none'))].sort();
}

describe('a strategy', () => {
  it('simple-shuffle gives each its share', () => {
    const counts: Record<string, number> = {};
    for (let step = 0; step < 400; step += 1) {
      const one = STRATEGIES['simple-shuffle'](deployments, {
        ...NOTHING,
        random: () => step / 400,
      });
      counts[one?.id ?? 'none'] = (counts[one?.id ?? 'none'] ?? 0) + 1;
    }
    expect(counts).toEqual({ a: 100, b: 300 });
  });

  it('least-busy takes those with the fewest running attempts', () => {
    expect(chosen('least-busy', { inFlight: by({ a: 2, b: 1, c: 1 }, 0) })).toEqual(['b', 'c']);
  });

  it('latency-based takes the fastest, and those within the buffer', () => {
    const latencyMs = by<number | null>({ a: 100, b: 115, c: 130 }, null);
    expect(chosen('latency-based-routing', { latencyMs })).toEqual(['a']);
    expect(chosen('latency-based-routing', { latencyMs, latencyBuffer: 0.2 })).toEqual(['a', 'b']);
  });

  it('latency-based first takes one that was not measured', () => {
    const latencyMs = by<number | null>({ a: 1, b: 1 }, null);
    expect(chosen('latency-based-routing', { latencyMs, latencyBuffer: 5 })).toEqual(['c']);
  });

  it.each(['usage-based-routing', 'usage-based-routing-v2'] as const)(
    '%s takes those with the fewest tokens',
    (name) => {
      expect(chosen(name, { tokensInMinute: by({ a: 9, b: 5, c: 5 }, 0) })).toEqual(['b', 'c']);
    },
  );

  it('cost-based takes the cheapest, and those without a price only where none has one', () => {
    expect(
      chosen('cost-based-routing', { costPico: by<bigint | null>({ a: 7n, b: 5n }, null) }),
    ).toEqual(['b']);
    expect(chosen('cost-based-routing', {})).toEqual(['a', 'b', 'c']);
  });

  it.each(Object.keys(STRATEGIES) as (keyof typeof STRATEGIES)[])(
    '%s finds nothing among nothing',
    (name) => {
      expect(STRATEGIES[name]([], NOTHING)).toBeNull();
    },
  );
});

describe('chance', () => {
  it('takes all alike when no weight is positive', () => {
    const idle = [{ weight: 0 }, { weight: -1 }];
    expect(chooseWeighted(idle, 0)).toBe(idle[0]);
    expect(chooseWeighted(idle, 0.99)).toBe(idle[1]);
  });

  it('compares exact amounts', () => {
    const large = [2n ** 70n + 1n, 2n ** 70n];
    expect(chooseLowest(large, (one) => one, 0)).toBe(2n ** 70n);
  });
});
