import { memoizeByObject } from '#libs/common';
import type { ConfigProblem, PolicySettings, SettingsCheck } from '#libs/config';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import type { PolicyInput } from './policy-input.js';
import { PolicyLanguage, type Compilation } from './policy-language.js';
import type { Refusal } from '../failures/refusal.js';

/** A policy whose expression has been compiled, or could not be. */
interface CompiledPolicy {
  readonly settings: PolicySettings;
  /** Its place in the file. */
  readonly configKey: string;
  readonly expression: Compilation;
}

/** What one policy had to say about a call. */
interface PolicyConclusion {
  readonly configKey: string;
  readonly detail: string;
}

/** What the policies together came to. */
export interface PolicyResult {
  /** Policies that apply or failed, in their order, up to the one that decided. Those that do not apply are left out. */
  readonly conclusions: readonly PolicyConclusion[];
  /** The enforced policy that ended the evaluation by allowing; `null` when none did. */
  readonly allowedBy: PolicyConclusion | null;
  readonly refusal: Refusal | null;
}

/**
 * The policies of a configuration, compiled once per list. One that does not compile stays in the list and counts as
 * failing on every call, so that a deny without effect is impossible; {@link policyProblems} refuses the start before.
 * @param policies `gatehouse.policies`, in the order of the file
 */
export const compilePolicies = memoizeByObject(
  (policies: readonly PolicySettings[]): readonly CompiledPolicy[] => {
    const language = new PolicyLanguage();
    return policies.map((settings, index) => ({
      settings,
      configKey: `${CONFIG_KEYS.policies}[${String(index)}]`,
      expression: language.compile(settings.when),
    }));
  },
);

/**
 * Evaluates the policies of a configuration at start: each must be an expression of the policy language, of type bool.
 */
export const policyProblems: SettingsCheck = ({ access }) =>
  compilePolicies(access.policies).flatMap(({ configKey, expression }): ConfigProblem[] => {
    if (expression.kind === 'compiled') return [];
    const { problem: message, remedy } = expression;
    return [{ path: `${configKey}.when`, message, remedy }];
  });

/**
 * Evaluates policies in their order. The first enforced one whose expression is true decides: `allow`
 * ends the evaluation, `deny` refuses. When none is true, the call is allowed. A `deny` that cannot be
 * evaluated refuses, because it might apply; an `allow` that cannot be evaluated does not apply. A
 * policy in `shadow` is reported and not enforced.
 */
export function evaluatePolicies(
  policies: readonly CompiledPolicy[],
  input: PolicyInput,
): PolicyResult {
  const conclusions: PolicyConclusion[] = [];
  for (const policy of policies) {
    const { settings, configKey } = policy;
    const outcome = outcomeOf(policy, input);
    if (outcome === null) continue;
    const conclusion = { configKey, detail: describe(settings, outcome) };
    const isDenying = settings.effect === 'deny';
    const isDeciding = settings.mode === 'enforce' && (isDenying || outcome.problem === null);
    if (!isDeciding) {
      conclusions.push(conclusion);
    } else if (isDenying) {
      return { conclusions, allowedBy: null, refusal: refusalBy(settings, conclusion) };
    } else {
      return { conclusions, allowedBy: conclusion, refusal: null };
    }
  }
  return { conclusions, allowedBy: null, refusal: null };
}

/** `null` when the policy does not apply; `problem` is set where it could not be evaluated. */
function outcomeOf(
  { expression }: CompiledPolicy,
  input: PolicyInput,
): { readonly problem: string | null } | null {
  if (expression.kind === 'refused') return { problem: expression.problem };
  const evaluation = expression.evaluate(input);
  if (evaluation.kind === 'failure') return { problem: evaluation.problem };
  return evaluation.value ? { problem: null } : null;
}

function describe(
  { name, effect, mode }: PolicySettings,
  { problem }: { readonly problem: string | null },
): string {
  const isShadow = mode === 'shadow';
  if (problem !== null) {
    const shadow = isShadow ? ' in shadow' : '';
    return `the policy ${name}${shadow} could not be evaluated: ${problem}`;
  }
  const verb = effect === 'deny' ? 'refuse' : 'allow';
  return isShadow
    ? `the policy ${name}, in shadow, would ${verb} the call`
    : `the policy ${name} ${verb}s the call`;
}

function refusalBy({ reason }: PolicySettings, { configKey, detail }: PolicyConclusion): Refusal {
  return {
    code: 'policy_denied',
    detail,
    configKey,
    ...(reason === null ? {} : { response: { message: reason } }),
  };
}
