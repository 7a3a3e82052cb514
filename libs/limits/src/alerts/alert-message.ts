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

/** What people know a key by. */
export interface AlertKey {
  readonly alias: string | null;
  /** The masked key: `sk-...` and its last four characters. */
  readonly name: string;
}

/** An alert as it is sent. */
export interface SentAlert extends BudgetAlert {
  /** `null` where it is not about a key, and where the key was deleted. */
  readonly key: AlertKey | null;
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
export function webhookPayloadOf(alert: SentAlert): Readonly<Record<string, unknown>> {
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
    ...(alert.key !== null && { key_alias: alert.key.alias, key_name: alert.key.name }),
    spent_usd: alert.spentUsd,
    budget_usd: alert.budgetUsd,
    window_start: alert.windowStart,
    window_end: alert.windowEnd,
    created_at: alert.createdAt,
  };
}

/** Returns the message for people. */
export function sentenceOf(alert: SentAlert): string {
  return sentenceAbout(alert, nameOf(alert));
}

/** Returns the subject of a mail, one line of printable characters. */
export function mailSubjectOf(alert: SentAlert): string {
  const { scope, kind, threshold } = alert;
  const what = kind === 'soft_budget' ? 'soft budget' : `${String(threshold)} % of the budget`;
  return `${what} spent: ${WORDS[scope] ?? scope}${nameOf(alert, lineOf)}`;
}

/** Returns the text of a mail: the sentence, and what tells a repetition. */
export function mailTextOf(alert: SentAlert): string {
  const sentence = sentenceAbout(alert, nameOf(alert, lineOf));
  return `${sentence}\n\nAlert ${alert.alertId}, ${alert.createdAt}\n`;
}

/**
 * Returns the message with a name.
 * @param name what spends, with the blank before it
 */
function sentenceAbout(alert: SentAlert, name: string): string {
  const { scope, kind, threshold, windowEnd } = alert;
  const amounts = `US$ ${shown(alert.spentUsd)} of US$ ${shown(alert.budgetUsd)}`;
  const what =
    kind === 'soft_budget'
      ? 'spent its soft budget'
      : `reached ${String(threshold)} % of its budget`;
  const until = windowEnd === null ? '' : ` The budget begins again at ${windowEnd}.`;
  return `The ${WORDS[scope] ?? scope}${name} has ${what}: ${amounts}.${until}`;
}

/**
 * The id, for a key behind its alias or the masked key; empty for the gateway.
 * @param partOf the form of each part
 */
function nameOf({ id, key }: SentAlert, partOf = (part: string): string => part): string {
  if (id === '') return '';
  return key === null ? ` ${partOf(id)}` : ` ${partOf(key.alias ?? key.name)} (${partOf(id)})`;
}

/** Ids of customers and aliases of keys may hold everything that JSON can. */
function lineOf(name: string): string {
  const line = name.toWellFormed().replaceAll(/[\p{C}\p{Z}]+/gu, ' ');
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
