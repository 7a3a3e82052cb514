import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import {
  FAILURE_CLASSES,
  ROUTING_STRATEGIES,
  settingsFromYaml,
  type DeploymentSettings,
  type FailureClass,
  type RoutingStrategyName,
} from '#libs/config';
import { chooseDeployment } from './deployment-choice.js';
import { DeploymentStatesService } from './deployment-states.service.js';
import { Attempts } from './retries.js';
import { retryLimitOf } from './retry-limits.js';
import { STRATEGIES } from './strategies/index.js';
import type { RoutingFacts } from './strategies/routing-strategy.js';

const DEPLOYMENTS = 4;
const { deployments, router } = settingsFromYaml(`model_list:
${Array.from({ length: DEPLOYMENTS }, (_one, index) => {
  const order = index < 2 ? `, order: ${String(index + 1)}` : '';
  return `  - { model_name: m, model_info: { id: d${String(index)} }, litellm_params: { model: openai/x, api_key: k, weight: ${String(index + 1)}${order} } }`;
}).join('\n')}
`);

/** What becomes of one attempt: it is served, fails, or its deployment is at a limit. */
type Outcome = FailureClass | 'served' | 'full';

interface Step {
  /** Seconds before the call. */
  readonly wait: number;
  /** By deployment. */
  readonly outcomes: readonly Outcome[];
  readonly requestedMs: number | null;
}

const outcome: fc.Arbitrary<Outcome> = fc.constantFrom<Outcome>(
  'served',
  'full',
  ...FAILURE_CLASSES,
);
const step: fc.Arbitrary<Step> = fc.record({
  wait: fc.integer({ min: 0, max: 8 }),
  outcomes: fc.array(outcome, { minLength: DEPLOYMENTS, maxLength: DEPLOYMENTS }),
  requestedMs: fc.constantFrom(null, null, 1_000, 20_000),
});

/** A router on a clock that a test moves. */
class SimulatedRouter {
  nowMs = 1_000;
  readonly states = new DeploymentStatesService(() => this.nowMs);

  constructor(
    private readonly strategy: RoutingStrategyName,
    private readonly numRetries: number,
  ) {}

  isLeftOut = (one: DeploymentSettings): boolean => this.states.coolDownOf(one) !== null;

  attempts(): Attempts {
    const facts: RoutingFacts = {
      random: Math.random,
      inFlight: (one) => this.states.inFlight(one),
      latencyMs: (one) => this.states.latencyMs(one, 'whole', 60_000),
      latencyBuffer: 0.1,
      tokensInMinute: (one) => this.states.tokensInMinute(one),
      costPico: ({ weight }) => BigInt(weight),
    };
    const rules = { strategy: STRATEGIES[this.strategy], facts, isLeftOut: this.isLeftOut };
    return new Attempts(deployments, {
      choose: (candidates) => chooseDeployment(candidates, rules),
      retryLimit: retryLimitOf({ ...router, numRetries: this.numRetries }, 'm', null),
      leastPauseMs: 0,
    });
  }

  /** Makes the attempts of one call, and returns those that reached a deployment. */
  call({ outcomes, requestedMs }: Step): DeploymentSettings[] {
    const made: DeploymentSettings[] = [];
    const passedOver = new Set<DeploymentSettings>();
    const attempts = this.attempts();
    for (let next = attempts.first(); next !== null;) {
      const { deployment } = next;
      // Never one that is left out, was at a limit, or asked to be left alone.
      expect(this.isLeftOut(deployment)).toBe(false);
      expect(passedOver.has(deployment)).toBe(false);
      this.expectLowestOrder(deployment, [...made, ...passedOver]);
      const result = outcomes[deployments.indexOf(deployment)] ?? 'served';
      if (result === 'full') {
        passedOver.add(deployment);
        next = attempts.insteadOf(deployment);
        continue;
      }
      made.push(deployment);
      this.states.begin(deployment);
      this.states.end(deployment, 10);
      this.states.measure(deployment, 'whole', 5);
      if (result === 'served') return made;
      this.states.fail(deployment, { failure: result, requestedMs, groupSize: deployments.length });
      const mayRepeatHere = result === 'internal' || result === 'unavailable';
      next = attempts.after(deployment, {
        failure: result,
        requestedMs,
        mayRepeatHere,
        isFinal: false,
      });
      if (!mayRepeatHere) passedOver.add(deployment);
    }
    return made;
  }

  /** A deployment that was not tried wins over the same tier of others, in the order of the tiers. */
  private expectLowestOrder(
    chosen: DeploymentSettings,
    tried: readonly DeploymentSettings[],
  ): void {
    if (tried.includes(chosen)) return;
    const open = deployments.filter((one) => !tried.includes(one) && !this.isLeftOut(one));
    const lowest = Math.min(...open.map(({ order }) => order ?? Infinity));
    expect(chosen.order ?? Infinity).toBe(lowest);
  }
}

beforeAll(() => {
  Logger.overrideLogger(false);
});

describe.each(ROUTING_STRATEGIES)('%s, after any failures', (strategy) => {
  it('chooses no deployment that is left out or at a limit, keeps the order, and never exceeds num_retries', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5 }),
        fc.array(step, { maxLength: 12 }),
        (retries, steps) => {
          const simulated = new SimulatedRouter(strategy, retries);
          for (const one of steps) {
            simulated.nowMs += one.wait * 1_000;
            expect(simulated.call(one).length).toBeLessThanOrEqual(retries + 1);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('serves a call that a deployment could serve, with enough retries', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        const simulated = new SimulatedRouter(strategy, 10);
        for (const { wait, outcomes, ...rest } of steps) {
          simulated.nowMs += wait * 1_000;
          // The last deployment is healthy; the others never fail by a fault of the request.
          const faults = outcomes.map((one, index) =>
            index === DEPLOYMENTS - 1 || one === 'bad-request' || one === 'content-policy'
              ? 'served'
              : one,
          );
          const made = simulated.call({ wait, outcomes: faults, ...rest });
          const last = made.at(-1);
          expect(last === undefined ? 'none' : faults[deployments.indexOf(last)]).toBe('served');
        }
      }),
      { numRuns: 60 },
    );
  });

  it('leaves a deployment that fails, and returns to it after its cool-down', () => {
    const simulated = new SimulatedRouter(strategy, 0);
    const [first] = deployments;
    const all = (result: Outcome): Step => ({
      wait: 0,
      outcomes: deployments.map(() => result),
      requestedMs: null,
    });
    // Of the lowest order, so that it is first while it is not left out.
    expect(simulated.call(all('rate-limit'))).toEqual([first]);
    expect(simulated.call(all('served'))).not.toContain(first);
    simulated.nowMs += 4_999;
    expect(simulated.call(all('served'))).not.toContain(first);
    simulated.nowMs += 1;
    expect(simulated.call(all('served'))).toEqual([first]);
  });
});

describe('simple-shuffle over many calls', () => {
  it('comes to the shares of the weights', () => {
    const weighted = deployments.map((one): DeploymentSettings => ({ ...one, order: null }));
    const counts = weighted.map(() => 0);
    const rules = {
      strategy: STRATEGIES['simple-shuffle'],
      facts: {
        random: Math.random,
        inFlight: () => 0,
        latencyMs: () => null,
        latencyBuffer: 0,
        tokensInMinute: () => 0,
        costPico: () => null,
      },
      isLeftOut: () => false,
    };
    for (let call = 0; call < 20_000; call += 1) {
      const chosen = chooseDeployment(weighted, rules);
      const index = chosen === null ? -1 : weighted.indexOf(chosen);
      counts[index] = (counts[index] ?? 0) + 1;
    }
    for (const [index, count] of counts.entries())
      expect(Math.abs(count / 20_000 - (index + 1) / 10)).toBeLessThan(0.02);
  });
});
