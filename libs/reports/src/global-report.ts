import { parseUsd, usdNumber } from '#libs/common';
import type { CubeRow } from '#libs/spend';
import { sumOf } from './activity-metrics.js';

/** One model and key within a team or customer of a day. */
interface ModelOfDay {
  readonly model: string;
  readonly spend: number;
  readonly total_tokens: number;
  readonly api_key: string;
}

/** One day of `GET /global/spend/report` by team or customer. */
export interface DayReport {
  readonly group_by_day: string;
  readonly teams?: readonly {
    readonly team_name: string;
    readonly total_spend: number;
    readonly metadata: readonly ModelOfDay[];
  }[];
  readonly customers?: readonly {
    readonly customer: string;
    readonly total_spend: number;
    readonly metadata: readonly ModelOfDay[];
  }[];
}

/** One key or user of `GET /global/spend/report`. */
export interface SubjectReport {
  readonly total_cost: number;
  readonly total_input_tokens: number;
  readonly total_output_tokens: number;
  readonly model_details: readonly {
    readonly model: string;
    readonly total_cost: number;
    readonly total_input_tokens: number;
    readonly total_output_tokens: number;
  }[];
}

/** LiteLLM's name of spend without a team. */
const NO_TEAM = 'Unassigned Team';

/**
 * Days with their teams or customers.
 * @param rows grouped by day, subject, model and key
 * @param nameOf the name that is shown for the id of a subject
 */
export function reportByDay(
  rows: readonly CubeRow[],
  kind: 'team' | 'customer',
  nameOf: (id: string) => string,
): DayReport[] {
  return groups(rows, 0).map(([day, ofDay]) => {
    const subjects = groups(ofDay, 1).map(([id, ofSubject]) => ({
      id,
      total_spend: usdNumber(sumOf(ofSubject).spend),
      metadata: ofSubject.map(modelOfDay),
    }));
    const group_by_day = `${day}T00:00:00+00:00`;
    return kind === 'team'
      ? {
          group_by_day,
          teams: subjects.map(({ id, ...rest }) => ({
            team_name: id === '' ? NO_TEAM : nameOf(id),
            ...rest,
          })),
        }
      : { group_by_day, customers: subjects.map(({ id, ...rest }) => ({ customer: id, ...rest })) };
  });
}

/**
 * Keys or users with their models.
 * @param rows grouped by subject and model
 * @param member name of the member with the id of the subject
 */
export function reportBySubject<Name extends string>(
  rows: readonly CubeRow[],
  member: Name,
): (SubjectReport & Record<Name, string>)[] {
  return groups(rows, 0).map(([id, ofSubject]) => {
    const { spend, inputTokens, outputTokens } = sumOf(ofSubject);
    const report: SubjectReport = {
      total_cost: usdNumber(spend),
      total_input_tokens: inputTokens,
      total_output_tokens: outputTokens,
      model_details: ofSubject.map((row) => ({
        model: row.values[1] ?? '',
        total_cost: usdNumber(parseUsd(row.spend)),
        total_input_tokens: row.inputTokens,
        total_output_tokens: row.outputTokens,
      })),
    };
    return { [member]: id, ...report } as SubjectReport & Record<Name, string>;
  });
}

function modelOfDay({ values, spend, inputTokens, outputTokens }: CubeRow): ModelOfDay {
  return {
    model: values[2] ?? '',
    spend: usdNumber(parseUsd(spend)),
    total_tokens: inputTokens + outputTokens,
    api_key: values[3] ?? '',
  };
}

/** Rows by one of their values, in the order in which the values come. */
function groups(rows: readonly CubeRow[], index: number): [string, CubeRow[]][] {
  return [...Map.groupBy(rows, ({ values }) => values[index] ?? '')];
}
