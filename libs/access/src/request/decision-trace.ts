import type { ErrorCode, GatehouseError } from '#libs/common';

/** The guards in the order in which they run. */
export const GUARD_NAMES = [
  'jwt-auth',
  'email-domain',
  'rbac',
  'scopes',
  'tenancy',
  'policies',
] as const;

/** One guard's name. */
export type GuardName = (typeof GUARD_NAMES)[number];

/** What a step of a decision concluded. */
export type StepOutcome = 'passed' | 'refused' | 'skipped';

/** One step, in the wire form of `POST /auth/explain` and `GET /decisions/{id}`. */
export interface DecisionStep {
  /** A guard, or the relay for what it changes in a request, for the choice of its deployment, and for the budgets and limits that refuse one. */
  readonly guard: GuardName | 'relay';
  readonly outcome: StepOutcome;
  /** What was concluded. Names of claims and ids of the principal only, never another claim's value. */
  readonly detail: string;
  /** Path of the configuration key that made it so, or `null` where none did. */
  readonly config_key: string | null;
}

/** Why one team was or was not chosen. */
export interface TeamCandidate {
  readonly team_id: string;
  readonly chosen: boolean;
  readonly reason: string;
}

/**
 * The growing explanation of one decision. Guards write to it; explain and the decision log read it.
 * Never holds a claim's value beyond the ids that the principal is made of.
 */
export class DecisionTrace {
  readonly steps: DecisionStep[] = [];
  readonly teamCandidates: TeamCandidate[] = [];

  /** @param decisionId the id that `x-gatehouse-decision-id` carries */
  constructor(readonly decisionId: string) {}

  /**
   * Records that a guard was satisfied, or what the relay has changed.
   * @param configKey the setting that decided it
   */
  passed(guard: DecisionStep['guard'], detail: string, configKey: string | null = null): void {
    this.steps.push({ guard, outcome: 'passed', detail, config_key: configKey });
  }

  /**
   * Records that a guard had nothing to evaluate.
   * @param configKey the setting that would have made it evaluate
   */
  skipped(guard: GuardName, detail: string, configKey: string | null = null): void {
    this.steps.push({ guard, outcome: 'skipped', detail, config_key: configKey });
  }

  /**
   * Records a refusal.
   * @param reason the stable code of the refusal
   * @param detail what was looked at and what was missing
   * @param configKey the setting that decided it
   */
  refused(
    guard: GuardName,
    reason: ErrorCode,
    detail: string,
    configKey: string | null = null,
  ): void {
    this.steps.push({
      guard,
      outcome: 'refused',
      detail: `${reason}: ${detail}`,
      config_key: configKey,
    });
  }

  /**
   * Records a refusal by a budget or a limit, in the words that name it. The caller knows the limit of a deployment by its model
   * alone. Other refusals are not recorded.
   */
  refusedByLimit({ code, message, isByLimit, context: { deployment } }: GatehouseError): void {
    if (!isByLimit) return;
    const place = typeof deployment === 'string' ? `deployment ${deployment}: ` : '';
    const detail = `${code}: ${place}${message}`;
    this.steps.push({ guard: 'relay', outcome: 'refused', detail, config_key: null });
  }
}
