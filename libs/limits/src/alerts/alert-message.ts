import { parseUsd, usdNumber } from '#libs/common';
import type { BudgetScope } from '#libs/spend';
import type { AlertKind } from './watched-budgets.js';

/** One alert, as it is stored. */
export interface BudgetAlert {
  readonly alertId: string;
  readonly scope: BudgetScope;
  /** As the windows of budgets name it: `id:model` for a model of a subject, empty for the gateway. */
  readonly id: string;
  readonly kind: AlertKind;
  /** Percentage; 100 for a soft budget. */
  readonly threshold: number;
  /** US dollars as decimal strings. */
  readonly budgetUsd: string;
  readonly spentUsd: string;
  /** ISO instants; `null` for none. */
  readonly windowStart: string | null;
  readonly windowEnd: string | null;
  readonly createdAt: string;
}

/** LiteLLM's names of what spends. */
const EVENT_GROUPS: Readonly<Partial<Record<string, string>>> = {
  user: 'internal_user',
  end_user: 'customer',
  org: 'organization',
  key_model: 'key',
  user_model: 'internal_user',
  team_model: 'team',
  org_model: 'organization',
  end_user_model: 'customer',
  tag_model: 'tag',
  gateway: 'proxy',
};

const MAX_NAME_LENGTH = 100;

const WORDS: Readonly<Partial<Record<string, string>>> = {
  team_member: 'team member',
  org: 'organization',
  org_member: 'organization member',
  end_user: 'customer',
  key_model: 'key with model',
  user_model: 'user with model',
  team_model: 'team with model',
  org_model: 'organization with model',
  end_user_model: 'customer with model',
  tag_model: 'tag with model',
};

/** Returns the body of a webhook: LiteLLM's members, and what they do not say. */
export function webhookPayloadOf(alert: BudgetAlert): Readonly<Record<string, unknown>> {
  const isSoft = alert.kind === 'soft_budget';
  return {
    id: alert.alertId,
    event: eventOf(alert),
    event_group: EVENT_GROUPS[alert.scope] ?? alert.scope,
    event_message: sentenceOf(alert),
    spend: usdNumber(parseUsd(alert.spentUsd)),
    max_budget: isSoft ? null : usdNumber(parseUsd(alert.budgetUsd)),
    soft_budget: isSoft ? usdNumber(parseUsd(alert.budgetUsd)) : null,
    threshold: isSoft ? null : alert.threshold,
    scope: alert.scope,
    scope_id: alert.id,
    spent_usd: alert.spentUsd,
    budget_usd: alert.budgetUsd,
    window_start: alert.windowStart,
    window_end: alert.windowEnd,
    created_at: alert.createdAt,
  };
}

/** Returns the message for people. */
export function sentenceOf(alert: BudgetAlert): string {
  const { scope, id, kind, threshold, windowEnd } = alert;
  const amounts = `US$ ${shown(alert.spentUsd)} of US$ ${shown(alert.budgetUsd)}`;
  const what = kind === 'soft_budget' ? 'its soft budget' : `${String(threshold)} % of its budget`;
  const until = windowEnd === null ? '' : ` The budget begins again at ${windowEnd}.`;
  const name = id === '' ? '' : ` ${id}`;
  return `The ${WORDS[scope] ?? scope}${name} has spent ${what}: ${amounts}.${until}`;
}

/** Returns the subject of a mail, one line of printable characters. */
export function mailSubjectOf({ scope, id, kind, threshold }: BudgetAlert): string {
  const what = kind === 'soft_budget' ? 'soft budget' : `${String(threshold)} % of the budget`;
  const name = id === '' ? '' : ` ${lineOf(id)}`;
  return `${what} spent: ${WORDS[scope] ?? scope}${name}`;
}

/** Returns the text of a mail: the sentence, and what tells a repetition. */
export function mailTextOf(alert: BudgetAlert): string {
  const sentence = sentenceOf({ ...alert, id: lineOf(alert.id) });
  return `${sentence}\n\nAlert ${alert.alertId}, ${alert.createdAt}\n`;
}

/** Ids of customers may hold everything that JSON can. */
function lineOf(id: string): string {
  const line = id.toWellFormed().replaceAll(/[\p{C}\p{Z}]+/gu, ' ');
  return line.length > MAX_NAME_LENGTH ? `${line.slice(0, MAX_NAME_LENGTH).toWellFormed()}…` : line;
}

function eventOf({ kind, threshold }: BudgetAlert): string {
  if (kind === 'soft_budget') return 'soft_budget_crossed';
  return threshold >= 100 ? 'budget_crossed' : 'threshold_crossed';
}

/** Without the zeros at the end. */
function shown(usd: string): string {
  return usd.includes('.') ? usd.replace(/\.?0+$/, '') : usd;
}
