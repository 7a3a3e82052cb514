import { Injectable } from '@nestjs/common';
import { AccessExplainer, type DecisionRecord, type ExplainedCall } from '#libs/auth';
import { SettingsStore } from '#libs/config';
import { withoutDemand } from './lifted-demand.js';

/** One thing that keeps a token from being accepted. */
export interface TokenLack {
  readonly reason: string;
  /** Reason and what is wrong, as the trace of the decision says it. */
  readonly detail: string;
  readonly configKey: string | null;
  readonly remedy: string | null;
}

/** What a sample token lacks. */
export interface SampleTokenReview {
  /** In the order in which the gateway checks. */
  readonly lacks: readonly TokenLack[];
  /** False when the last lack hides what comes behind it. */
  readonly isComplete: boolean;
  /** The last decision: with every lack but one that hides others left out of account. */
  readonly record: DecisionRecord;
}

/** Lists of demanded claims need a round per claim; a demand that lifting does not end must not run for ever. */
const MAX_ROUNDS = 200;

/**
 * Lists everything that a token lacks: the call is explained, and while it is refused for a demand on the token, it is
 * explained again without that demand. For processes that end after their questions, because the settings in force are
 * swapped meanwhile.
 */
@Injectable()
export class SampleTokenService {
  constructor(
    private readonly explainer: AccessExplainer,
    private readonly settings: SettingsStore,
  ) {}

  /** Reviews the token of a call. Without a model, what the token may use of the models is not reviewed. */
  async review(call: ExplainedCall): Promise<SampleTokenReview> {
    const configured = this.settings.current;
    try {
      return await this.reviewed(call);
    } finally {
      this.settings.swap(configured);
    }
  }

  private async reviewed(call: ExplainedCall): Promise<SampleTokenReview> {
    const lacks: TokenLack[] = [];
    for (let round = 1; ; round += 1) {
      const record = await this.explainer.explain(call);
      if (isSatisfied(record, call)) return { lacks, isComplete: true, record };
      const lack = lackOf(record);
      if (!lacks.some(({ detail }) => detail === lack.detail)) lacks.push(lack);
      const next = record.allowed ? null : withoutDemand(this.settings.current, record);
      if (next === null || round >= MAX_ROUNDS) return { lacks, isComplete: false, record };
      this.settings.swap(next);
    }
  }
}

/** A call without a model passes the guards and is refused by its handler, which says nothing about the token. */
function isSatisfied({ allowed, reason }: DecisionRecord, { body }: ExplainedCall): boolean {
  if (!allowed) return false;
  return reason === null || (reason === 'request_invalid' && body['model'] === undefined);
}

function lackOf({ steps, reason, remedy }: DecisionRecord): TokenLack {
  const step = steps.findLast(({ outcome }) => outcome === 'refused');
  const code = reason ?? 'internal_error';
  return {
    reason: code,
    detail: step?.detail ?? `${code}: the handler refuses a call that the guards let pass`,
    configKey: step?.config_key ?? null,
    remedy,
  };
}
