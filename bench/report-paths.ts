import { DAYS } from '#bench/reports-fill';

const DAY_MS = 86_400_000;

const day = (ago: number): string => new Date(Date.now() - ago * DAY_MS).toISOString().slice(0, 10);
const MONTH = `start_date=${day(29)}&end_date=${day(0)}`;
const QUARTER = `start_date=${day(DAYS - 1)}&end_date=${day(0)}`;
const USER = 'user-7';
const REPORT = '/gatehouse/spend/report?group_by';

/** Every report: over 30 days, and over the whole 90 where pages or roll-ups have to bound the work. */
export const REPORTS: readonly string[] = [
  `${REPORT}=team,model&${MONTH}`,
  `${REPORT}=organisation,issuer&${QUARTER}`,
  `${REPORT}=issuer,client,day&${QUARTER}`,
  `${REPORT}=user,client&${QUARTER}`,
  `${REPORT}=key,day&${MONTH}`,
  `${REPORT}=end_user&${QUARTER}`,
  `${REPORT}=end_user,model&${MONTH}`,
  `${REPORT}=model,end_user&${QUARTER}`,
  `${REPORT}=client,end_user&${QUARTER}`,
  `${REPORT}=end_user,tag&${QUARTER}`,
  `${REPORT}=tag&${QUARTER}`,
  `${REPORT}=tag,team&${MONTH}`,
  `${REPORT}=user,tag&${QUARTER}`,
  `${REPORT}=model,client&user=${USER}&${QUARTER}`,
  `/global/spend`,
  `/global/spend/report?${MONTH}`,
  `/global/spend/report?group_by=customer&start_date=${day(2)}&end_date=${day(0)}`,
  `/global/spend/report?group_by=api_key&${MONTH}`,
  `/global/spend/report?group_by=internal_user_id&${MONTH}`,
  `/global/spend/keys?${MONTH}`,
  `/global/spend/teams?${MONTH}`,
  `/global/spend/models?${QUARTER}`,
  `/global/spend/provider?${MONTH}`,
  `/global/spend/tags?${QUARTER}`,
  `/global/spend/all_tag_names`,
  `/global/spend/logs?${MONTH}`,
  `/global/activity?${MONTH}`,
  `/global/activity/model?${MONTH}`,
  `/user/daily/activity?${MONTH}`,
  `/user/daily/activity?user_id=${USER}&${QUARTER}`,
  `/user/daily/activity/aggregated?${MONTH}`,
  `/user/daily/activity/aggregated?${QUARTER}`,
  `/team/daily/activity?team_ids=team-7&${MONTH}`,
  `/team/daily/activity/aggregated?${MONTH}`,
  `/organization/daily/activity?${MONTH}`,
  `/customer/daily/activity?end_user_ids=customer-7&${MONTH}`,
  `/customer/daily/activity?${MONTH}`,
  `/tag/daily/activity?tags=tag-7&${MONTH}`,
  `/tag/daily/activity?${MONTH}`,
  `/spend/keys`,
  `/spend/users`,
  `/spend/tags`,
  `/spend/logs?user_id=${USER}&page_size=100`,
  `/spend/logs?page_size=100`,
  `/spend/logs?user_id=${USER}&${MONTH}`,
  `/spend/logs?${MONTH}`,
  `/spend/logs/v2?page_size=100&${MONTH}`,
  `/spend/logs/v2?page_size=100&end_user=customer-7`,
  `/spend/logs/v2?page_size=100&status_filter=failure&${MONTH}`,
  `/spend/logs/v2?page_size=100&model=none&${QUARTER}`,
  `/spend/logs/v2?page_size=100&min_spend=1000`,
];
