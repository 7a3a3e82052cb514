import { Injectable } from '@nestjs/common';
import type { CubeRow } from '#libs/spend';
import { metricsOf } from './activity-metrics.js';
import type { ActivityEntity } from './daily-activity.request.js';
import { scopeOf, type ActivityQuery } from './daily-activity.service.js';
import type { Columns, ReportFile, TableRow } from './report.js';
import { ReportLists } from './report-lists.service.js';

/** The column with the subject of a row. */
const SUBJECTS = {
  user: 'user_id',
  team: 'team_id',
  organization: 'organization_id',
  end_user: 'end_user_id',
  tag: 'tag',
} as const satisfies Readonly<Record<ActivityEntity, string>>;

const METRICS: Columns = {
  spend: 'usd',
  prompt_tokens: 'number',
  completion_tokens: 'number',
  cache_read_input_tokens: 'number',
  cache_creation_input_tokens: 'number',
  total_tokens: 'number',
  successful_requests: 'number',
  failed_requests: 'number',
  api_requests: 'number',
};

/** Daily activity as a file: one row for each subject and day, of all days that are asked for. */
@Injectable()
export class ActivityFiles {
  constructor(private readonly lists: ReportLists) {}

  /** The file of an activity. */
  of(query: ActivityQuery): ReportFile {
    const { entity, from, to } = query;
    const subject = SUBJECTS[entity];
    const groups = { ...scopeOf(query, query), groupBy: ['day', entity] } as const;
    return {
      name: `${entity}-activity-${from}-${to}`,
      columns: { date: 'text', [subject]: 'text', ...METRICS },
      pages: () => this.lists.pages(groups, (rows) => rows.map((row) => rowOf(subject, row))),
    };
  }
}

/** An attempt of users may have none. */
function rowOf(subject: string, row: CubeRow): TableRow {
  const [date = '', id = ''] = row.values;
  return { date, [subject]: id === '' ? null : id, ...metricsOf([row]), spend: row.spend };
}
