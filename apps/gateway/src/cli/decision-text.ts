import type { DecisionRecord } from '#libs/auth';

const OUTCOME_WIDTH = 'refused'.length;
const GUARD_WIDTH = 'email-domain'.length;

/**
 * A decision as a person reads it. Ends with a line break.
 * @param assumed what was taken to be there without having been stated
 */
export function decisionText(record: DecisionRecord, assumed: readonly string[]): string {
  return [
    resultText(record),
    ...line('remedy', record.remedy),
    ...line('caller', callerText(record)),
    ...record.steps.map(stepText),
    ...record.team_candidates.map(
      ({ team_id, chosen, reason: why }) =>
        `  team ${team_id}: ${chosen ? 'chosen' : 'not chosen'}, ${why}`,
    ),
    ...line('models', record.allowed_models.join(', ')),
    ...line('routes', record.allowed_routes.join(', ')),
    ...line('assumed to be there (no --rows)', assumed.join(', ')),
    '',
  ].join('\n');
}

/** A call that the guards let pass can still be refused by its handler. */
function resultText({ allowed, status, reason }: DecisionRecord): string {
  if (!allowed) return `refused: ${String(status)} ${reason ?? ''}`;
  return reason === null
    ? 'allowed'
    : `allowed by the guards, then refused: ${String(status)} ${reason}`;
}

function stepText({ outcome, guard, detail, config_key }: DecisionRecord['steps'][number]): string {
  const setting = config_key === null ? '' : ` [${config_key}]`;
  return `  ${outcome.padEnd(OUTCOME_WIDTH)}  ${guard.padEnd(GUARD_WIDTH)}  ${detail}${setting}`;
}

/** Returns the ids of the caller that a decision is about, `null` where none was verified. */
export function callerText({ principal }: DecisionRecord): string | null {
  if (principal === null) return null;
  const { kind, ...ids } = principal;
  const named = Object.entries(ids).filter(([, id]) => id !== null);
  return [kind, ...named.map(([name, id]) => `${name} ${String(id)}`)].join(', ');
}

function line(label: string, text: string | null): readonly string[] {
  return text === null || text === '' ? [] : [`${label}: ${text}`];
}
