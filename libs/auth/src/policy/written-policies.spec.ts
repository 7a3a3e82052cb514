import { Withdrawal, type AccessContext } from '#libs/access';
import { settingsFromYaml, type PolicySettings } from '#libs/config';
import { aRoute } from '#support/a-route';
import { aPrincipal } from '#support/access-builders';
import { policyInputOf } from './policy-input.js';
import { compilePolicies, evaluatePolicies, policyProblems } from './written-policies.js';

function aPolicy(when: string, overrides: Partial<PolicySettings> = {}): PolicySettings {
  return { name: 'p', when, effect: 'deny', reason: null, mode: 'enforce', ...overrides };
}

const ALWAYS = 'request.method == "POST"';
const NEVER = 'request.method == "GET"';
const FAILING = 'token.missing == "x"';

const principal = aPrincipal({ claims: { level: 3, nested: { list: ['a', 1.5, null] } } });
const access: AccessContext = {
  requestId: 'req',
  decisionId: 'dec',
  clientRequestId: null,
  principal,
  role: 'internal_user',
  storedRole: null,
  administeredOrganizations: [],
  routeLimits: [],
  endUserModels: null,
  modelLimits: [],
  ownTags: [],
  tags: [],
  attribution: {
    issuer: principal.issuer,
    subject: principal.subject,
    keyId: null,
    userId: 'alice',
    teamId: 'chosen',
    orgId: null,
    endUserId: null,
  },
  models: { mayUse: () => true },
  admission: { commit: () => Promise.resolve() },
  withdrawal: new Withdrawal(),
};
const route = aRoute('POST /v1/chat/completions');
const input = policyInputOf(access, route, 'gpt-4o');

const evaluate = (...policies: PolicySettings[]) =>
  evaluatePolicies(compilePolicies(policies), input);
const codeOf = (...policies: PolicySettings[]) => evaluate(...policies).refusal?.code ?? null;

describe('written policies', () => {
  it('let pass what none of them refuses', () => {
    expect(evaluate()).toEqual({ conclusions: [], allowedBy: null, refusal: null });
    expect(evaluate(aPolicy(NEVER))).toEqual({ conclusions: [], allowedBy: null, refusal: null });
  });

  it('refuse with their own sentence, and say in the trace which one it was', () => {
    const { refusal } = evaluate(
      aPolicy(NEVER),
      aPolicy(ALWAYS, { name: 'office-hours', reason: 'Come back tomorrow.' }),
    );
    expect(refusal).toEqual({
      code: 'policy_denied',
      detail: 'the policy office-hours refuses the call',
      configKey: 'gatehouse.policies[1]',
      response: { message: 'Come back tomorrow.' },
    });
  });

  it('are evaluated in their order: the first that is true decides', () => {
    const allow = aPolicy(ALWAYS, { effect: 'allow', name: 'a' });
    expect(codeOf(allow, aPolicy(ALWAYS))).toBeNull();
    expect(evaluate(allow, aPolicy(ALWAYS)).allowedBy?.detail).toBe('the policy a allows the call');
    expect(codeOf(aPolicy(ALWAYS), allow)).toBe('policy_denied');
    expect(codeOf(aPolicy(NEVER, { effect: 'allow' }), aPolicy(ALWAYS))).toBe('policy_denied');
  });

  it('in shadow are reported and not enforced', () => {
    const shadows = [
      aPolicy(ALWAYS, { mode: 'shadow', name: 'later' }),
      aPolicy(ALWAYS, { mode: 'shadow', effect: 'allow', name: 'softer' }),
      aPolicy(FAILING, { mode: 'shadow', name: 'broken' }),
    ];
    const { conclusions, refusal } = evaluate(...shadows);
    expect(refusal).toBeNull();
    expect(conclusions.map(({ detail }) => detail)).toEqual([
      'the policy later, in shadow, would refuse the call',
      'the policy softer, in shadow, would allow the call',
      'the policy broken in shadow could not be evaluated: no_such_key at missing',
    ]);
    expect(codeOf(...shadows, aPolicy(ALWAYS))).toBe('policy_denied');
  });

  it('refuse where a deny cannot be evaluated, and do not allow where an allow cannot', () => {
    expect(codeOf(aPolicy(FAILING))).toBe('policy_denied');
    expect(codeOf(aPolicy(FAILING, { effect: 'allow' }), aPolicy(ALWAYS))).toBe('policy_denied');
    expect(codeOf(aPolicy(FAILING, { effect: 'allow' }))).toBeNull();
  });

  it('refuse everything where a deny does not even compile, should it get as far', () => {
    expect(codeOf(aPolicy('no such language'))).toBe('policy_denied');
  });

  it('see the chosen team, not the named one, and claims of every shape', () => {
    expect(codeOf(aPolicy('principal.team_id == "chosen"'))).toBe('policy_denied');
    expect(codeOf(aPolicy('token.level == 3 && token.nested.list[1] == 1.5'))).toBe(
      'policy_denied',
    );
    expect(codeOf(aPolicy('token.nested.list[2] == null'))).toBe('policy_denied');
    expect(codeOf(aPolicy('principal.key_id == "" && request.model == "gpt-4o"'))).toBe(
      'policy_denied',
    );
  });

  it('survive claims that nest without end', () => {
    let nested: unknown = 'bottom';
    for (let level = 0; level < 20_000; level += 1) nested = [nested];
    const deep = { ...access, principal: aPrincipal({ claims: { nested } }) };
    const result = evaluatePolicies(
      compilePolicies([aPolicy('token.nested.size() == 1')]),
      policyInputOf(deep, route, null),
    );
    expect(result.refusal?.code).toBe('policy_denied');
  });

  it('refuse the start with path and remedy where an expression is wrong', () => {
    const settings = settingsFromYaml('{}');
    const policies = [aPolicy(ALWAYS), aPolicy('principal.nmae == "x"'), aPolicy('token.flag')];
    const problems = policyProblems({ ...settings, access: { ...settings.access, policies } });
    expect(problems.map(({ path }) => path)).toEqual([
      'gatehouse.policies[1].when',
      'gatehouse.policies[2].when',
    ]);
    for (const { remedy } of problems) expect(remedy).not.toBe('');
    expect(policyProblems(settings)).toEqual([]);
  });
});
