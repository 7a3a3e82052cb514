import { parseUsd, usdNumber } from '#libs/common';
import { listParts, type CubeDayText, type CubeRow } from '#libs/spend';
import { sumOf } from './activity-metrics.js';

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
export const NO_TEAM = 'Unassigned Team';

/**
 * Days with their teams or customers, as parts of the JSON text.
 * @param member name of the member with the subjects of a day
 */
export function dayReportParts(
  rows: readonly CubeDayText[],
  member: 'teams' | 'customers',
): Iterable<string> {
  const days = rows.map(
    ({ day, json }) => `{"group_by_day":"${day}T00:00:00+00:00","${member}":[${json}]}`,
  );
  return listParts('[', days, ']');
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

/** Rows by one of their values, in the order in which the values come. */
function groups(rows: readonly CubeRow[], index: number): [string, CubeRow[]][] {
  return [...Map.groupBy(rows, ({ values }) => values[index] ?? '')];
}
