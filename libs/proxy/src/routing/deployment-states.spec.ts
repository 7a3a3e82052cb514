import { DeploymentStatesService } from './deployment-states.service.js';
import { DeploymentVisit } from './deployment-visit.js';
import { NO_COOL_DOWN, bareDeployment } from './bare-deployment.js';

const deployment = (id: string) =>
  bareDeployment(
    {
      ...{ id, provider: 'openai', dialect: 'openai', apiBase: 'http://localhost' },
      ...{ timeoutSeconds: 1, adjustment: null, coolDown: NO_COOL_DOWN },
    },
    'm',
  );
const ONE = deployment('one');
const OTHER = deployment('other');

describe('the state of a deployment', () => {
  let nowMs = 0;
  let states: DeploymentStatesService;

  beforeEach(() => {
    nowMs = 1_000;
    states = new DeploymentStatesService(() => nowMs);
  });

  const visited = (): DeploymentVisit => new DeploymentVisit(states, ONE, 'whole');

  it('counts the attempts that run, each until its end', () => {
    const visits = [visited(), visited(), visited()];
    expect([states.inFlight(ONE), states.inFlight(OTHER)]).toEqual([3, 0]);
    const [served, failed, streamed] = visits;
    served?.answered({ outputTokens: 3 });
    served?.ended(10);
    expect(states.inFlight(ONE)).toBe(2);
    failed?.failed({ failure: 'timeout', requestedMs: null, groupSize: 2 });
    failed?.ended(0);
    expect(states.inFlight(ONE)).toBe(1);
    streamed?.firstByte();
    expect(states.inFlight(ONE)).toBe(1);
    streamed?.ended(5);
    expect(states.inFlight(ONE)).toBe(0);
  });

  it('has the tokens of the last minute alone', () => {
    states.begin(ONE);
    states.end(ONE, 100);
    nowMs += 30_000;
    states.begin(ONE);
    states.end(ONE, 7);
    expect([states.tokensInMinute(ONE), states.tokensInMinute(OTHER)]).toEqual([107, 0]);
    nowMs += 31_000;
    expect(states.tokensInMinute(ONE)).toBe(7);
    nowMs += 60_000;
    expect(states.tokensInMinute(ONE)).toBe(0);
  });
});
