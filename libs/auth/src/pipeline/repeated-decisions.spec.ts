import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { PipelineModule } from '#libs/auth';
import { isGatehouseError, newDecisionId, newRequestId } from '#libs/common';
import { settingsFromYaml, type Settings } from '#libs/config';
import { aHarness, overHarnessRows, type CredentialHarness } from '#support/credential-harness';
import {
  beginHistory,
  EXPIRING_KEY,
  histories,
  MODELS,
  VIRTUAL_KEY,
  type Call,
} from '#support/decision-histories';
import { KeyServer } from '#support/key-server';
import { ManualClock } from '#support/manual-clock';
import { MASTER_KEY } from '#support/pipeline-harness';
import { RecordsHarness } from '#support/records-harness';
import { aSigningKey, signToken } from '#support/signing';
import { soakOr } from '#support/soak';
import { AccessDecision } from '../call/access-decision.js';
import { CallerCache } from '../credentials/caller-cache.js';
import { AccessPipeline } from './access-pipeline.js';
import { DecisionCache } from './decision-cache.js';
import { isNothingToCommit } from '../tenancy/provisioning.service.js';

const HISTORIES = soakOr(400, 100_000);
const START = Date.UTC(2026, 0, 1);
const KEY = aSigningKey();

const BASE = `
model_list:
  - { model_name: gpt-4o, litellm_params: { model: openai/gpt-4o, api_key: k } }
  - { model_name: o3, litellm_params: { model: openai/o3, api_key: k } }
general_settings:
  enable_jwt_auth: true
  litellm_jwtauth:
    team_id_jwt_field: team
    team_ids_jwt_field: teams
    user_id_jwt_field: sub
    user_email_jwt_field: email
    org_id_jwt_field: org
    end_user_id_jwt_field: end_user
`;
const CONFIGURATIONS = [
  BASE,
  `${BASE}    user_id_upsert: true
    fallback_to_db_teams: true
`,
  `${BASE}    user_allowed_email_domain: acme.example
`,
  `${BASE}gatehouse:
  policies:
    - { name: no-o3, when: 'request.model == "o3"', effect: deny }
    - { name: no-vip, when: 'principal.end_user_id == "vip"', effect: deny }
`,
];

const CLAIMS = [
  { sub: 'alice', team: 'research', jti: 'first' },
  { sub: 'alice', teams: ['sales', 'research'], email: 'alice@acme.example' },
  { sub: 'bob', org: 'acme', email: 'bob@else.example', team: 'sales', end_user: 'shopper' },
  { sub: 'alice', team: 'research', lifeSeconds: 20 },
];

describe('decisions that are repeated from memory', () => {
  const records = new RecordsHarness();
  const clock = new ManualClock(START);
  let server: KeyServer;
  let repeating: CredentialHarness;
  let fresh: CredentialHarness;
  let settings: Settings[];
  let credentials: string[];
  let repeated = 0;

  beforeAll(async () => {
    server = await KeyServer.start(KEY.publicJwk);
    const content = { ...overHarnessRows(PipelineModule), records };
    repeating = await aHarness(content, { clock, masterKey: MASTER_KEY });
    fresh = await aHarness(
      { ...content, overrides: WITHOUT_MEMORY },
      { clock, masterKey: MASTER_KEY },
    );
    settings = CONFIGURATIONS.map((yaml) =>
      settingsFromYaml(yaml, {
        JWT_PUBLIC_KEY_URL: server.jwksUrl,
        LITELLM_MASTER_KEY: MASTER_KEY,
      }),
    );
    const tokens = CLAIMS.map(({ lifeSeconds = 600, ...claims }) => {
      const seconds = START / 1_000;
      const times = { iat: seconds, exp: seconds + lifeSeconds };
      return signToken(KEY, { payload: { iss: server.origin, ...times, ...claims } });
    });
    credentials = [...tokens, VIRTUAL_KEY, MASTER_KEY];
  });

  afterAll(async () => {
    await Promise.all([repeating.close(), fresh.close()]);
    await server.stop();
  });

  function use(next: Settings): void {
    repeating.settings.swap(next);
    fresh.settings.swap(next);
  }

  async function decide(harness: CredentialHarness, one: Call): Promise<AccessDecision> {
    const decision = decisionOf(one, credentials[one.caller] ?? '');
    try {
      await harness.module.get(AccessPipeline).run(decision);
    } catch (error) {
      if (!isGatehouseError(error)) throw error;
    }
    return decision;
  }

  it('equal those that are made anew, after any changes of rows, settings, revocations and clock', async () => {
    const world = { records, clock, settings, use, issuer: server.origin, startMs: START };
    await fc.assert(
      fc.asyncProperty(histories, async (steps) => {
        beginHistory(world);
        for (const step of steps) {
          if (step.kind === 'change') {
            step.apply(world);
            continue;
          }
          const decision = await decide(repeating, step);
          if (decision.isRepeated) repeated += 1;
          const [remembered, anew] = [essence(decision), essence(await decide(fresh, step))];
          // The comparison of `expect` takes longer than the decisions.
          if (!isDeepStrictEqual(remembered, anew)) expect(remembered).toEqual(anew);
        }
      }),
      { numRuns: HISTORIES, examples: [[[...EXPIRING_KEY]]] },
    );
    // Otherwise nothing was compared with anything.
    expect(repeated).toBeGreaterThan(HISTORIES / 2);
  }, 1_800_000);
});

/** Caches that remember nothing. */
const WITHOUT_MEMORY = [
  {
    provide: CallerCache,
    useValue: { identify: (_credential: object, _trace: object, work: () => unknown) => work() },
  },
  {
    provide: DecisionCache,
    useValue: {
      repeat: () => false,
      during: (_call: object, work: () => unknown) => work(),
      keep: () => undefined,
    },
  },
];

function decisionOf({ model, route, team, user }: Call, token: string): AccessDecision {
  const [method = '', target = ''] = route.split(' ');
  const decision = new AccessDecision({
    requestId: newRequestId(),
    clientRequestId: null,
    decisionId: newDecisionId(),
    method,
    target,
    headers: {
      authorization: [`Bearer ${token}`],
      ...(team === undefined ? {} : { 'x-litellm-team-id': [team] }),
    },
    remoteAddress: '127.0.0.1',
    source: { kind: 'headers' },
  });
  const members = new Map<string, unknown>([
    ['model', model],
    ['user', user],
  ]);
  decision.body = { value: (name) => members.get(name) };
  return decision;
}

/** Everything that a decision says, but for the ids of the call. */
function essence(decision: AccessDecision): object {
  const { trace, principal, routes, models: grant, access, failure, obstacle } = decision;
  return {
    steps: trace.steps,
    candidates: trace.teamCandidates,
    principal,
    routes,
    models: grant === null ? null : MODELS.map((model) => grant.mayUse(model)),
    rows: [...decision.evaluatedRows],
    failure,
    obstacle,
    access: access && {
      ...access,
      requestId: null,
      decisionId: null,
      models: MODELS.map((model) => access.models.mayUse(model)),
      admission: isNothingToCommit(access.admission),
      withdrawal: access.withdrawal.reason,
    },
  };
}
