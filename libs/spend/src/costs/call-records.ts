import type { Attribution } from '#libs/access';
import type { PicoUsd } from '#libs/common';
import type { CostBasis } from './cost-breakdown.js';
import type { TokenUsage } from './token-usage.js';

/** Names one attempt of one request. The start is part of the key, because the ledger is partitioned by it. */
export interface CallRef {
  /** Ours, as in `x-request-id`. */
  readonly requestId: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Kept to the millisecond; the same in every record of the attempt. */
  readonly startedAt: Date;
}

/** Origin of a call. */
export interface CallOrigin {
  /** Name of the client program as it states it, without a version; `null` when it is not known. Nothing is decided by it. */
  readonly client: string | null;
  /** Tags of the request, each once: those of its key and its team, and those that its client states. */
  readonly tags: readonly string[];
  /** The session that the client says it is part of; left out for none. Nothing is decided by it. */
  readonly sessionId?: string;
}

/** What an amount is booked to: a subject of the attribution, or a tag of the request. */
export type SpendScope =
  'key' | 'user' | 'team' | 'team_member' | 'org' | 'org_member' | 'end_user' | 'tag';

/** What may have a budget: a subject, a subject's models, a provider, or the gateway. */
export type BudgetScope =
  | SpendScope
  | 'key_model'
  | 'user_model'
  | 'team_model'
  | 'org_model'
  | 'end_user_model'
  | 'tag_model'
  | 'provider'
  | 'gateway';

/** Where the budgets are kept that a subject has for single models. */
export const MODEL_SCOPES: Readonly<Partial<Record<BudgetScope, BudgetScope>>> = {
  key: 'key_model',
  user: 'user_model',
  team: 'team_model',
  org: 'org_model',
  end_user: 'end_user_model',
  tag: 'tag_model',
};

/** A window of a budget in which the cost of a call is held. */
export interface HeldWindow {
  readonly scope: BudgetScope;
  readonly id: string;
  /** Milliseconds since the Unix epoch; `null` for no start. */
  readonly start: number | null;
  /** `null` for no end. */
  readonly end: number | null;
}

/** The admission of a call: it decides to which windows the cost belongs. */
export interface CallAdmission {
  /** The same for all attempts of a request; `null` for the start of the attempt. */
  readonly admittedAt: Date | null;
  readonly holds: readonly HeldWindow[];
}

/** A call that is about to be made: its model, its attribution and its reserved amount. */
export interface CallIntent extends CallRef, CallOrigin, CallAdmission {
  /** The client's own request id. */
  readonly clientRequestId: string | null;
  readonly decisionId: string | null;
  /** LiteLLM's name of the operation, for example `acompletion`. */
  readonly callType: string;
  /** The name that the client asked for. */
  readonly modelGroup: string;
  /** The name that the upstream knows. */
  readonly model: string;
  readonly provider: string;
  readonly deploymentId: string;
  /** The key, user, team, organisation and end user that the call is booked to. */
  readonly attribution: Attribution;
  /** Upper bound of the cost. It is held while the call is open, and it is never booked as a cost by itself. */
  readonly reservedPico: PicoUsd;
  /** Estimate of the cost, at most what is held. It is booked when the end of the call never becomes known. */
  readonly expectedPico: PicoUsd;
  /** Tokens that the estimate was computed from. */
  readonly expectedInputTokens: number;
  readonly expectedOutputTokens: number;
  /** No price of the operation is known, so that the estimate says nothing; left out where one is. */
  readonly isUnpriced?: true;
}

/** What an open call has relayed so far; it is booked when the end of the call never becomes known. */
export interface CallProgress {
  /** Estimate of the output that has come. It only grows. */
  readonly outputTokens: number;
  /** Estimate of the cost until now. It may be more than what is held for a call without a bound on its output. */
  readonly expectedPico: PicoUsd;
}

/** The source of the token counts. */
export type UsageSource = 'provider' | 'estimate' | 'none';

/** The end of an attempt that reached an upstream. */
export interface CallOutcome {
  readonly endedAt: Date;
  /** `null` when nothing was counted, which costs what {@link costPico} says. */
  readonly usage: TokenUsage | null;
  /** `estimate` makes the entry `estimated`, the others make it `settled`. */
  readonly usageSource: UsageSource;
  readonly costPico: PicoUsd;
  /** The prices of {@link costPico}; left out where none were applied. */
  readonly basis?: CostBasis;
  /** False when the price is not known, so that a cost of zero is not taken for free. */
  readonly isPriced: boolean;
  /** True when the upstream reported a usage that is not final or does not add up. */
  readonly isSuspect: boolean;
  readonly succeeded: boolean;
  /** HTTP status of the upstream; `null` when there was no answer. */
  readonly upstreamStatus: number | null;
}

/** State of an entry of the ledger: open, known, or assumed. */
export type EntryState = 'reserved' | 'settled' | 'estimated';
