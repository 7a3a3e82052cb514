import { Permission, type HandlerPermission } from '#libs/access';
import { applyDecorators, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { ActivityEntity } from './daily-activity.request.js';

/** Whether an activity has pages of days, or all days at once. */
type ActivityForm = 'daily' | 'aggregated';

/** What the routes of one kind of subject have in common. */
interface ActivityRoutes {
  readonly paths: readonly string[];
  readonly permission: HandlerPermission;
  /** The kind in the summary and in the id of the operation. */
  readonly summary: string;
  readonly operation: string;
}

const PERMISSION: HandlerPermission = {
  group: 'management_routes',
  refusals: ['report_timeout'],
};
const OF_ORGANIZATIONS: HandlerPermission = { ...PERMISSION, role: 'org_admin' };

const ROUTES: Readonly<Record<ActivityEntity, ActivityRoutes>> = {
  user: { paths: ['user'], permission: PERMISSION, summary: 'of users', operation: 'User' },
  team: { paths: ['team'], permission: PERMISSION, summary: 'of teams', operation: 'Team' },
  organization: {
    paths: ['organization'],
    permission: OF_ORGANIZATIONS,
    summary: 'of organisations',
    operation: 'Organization',
  },
  end_user: {
    paths: ['customer', 'end_user'],
    permission: OF_ORGANIZATIONS,
    summary: 'of customers',
    operation: 'Customer',
  },
  tag: {
    paths: ['tag'],
    permission: { ...PERMISSION, group: 'spend_tracking_routes' },
    summary: 'by tag',
    operation: 'Tag',
  },
};

/** Route, permission and documentation of the activity of one kind of subject. */
export function ActivityRoute(entity: ActivityEntity, form: ActivityForm): MethodDecorator {
  const { paths, permission, summary, operation } = ROUTES[entity];
  const isDaily = form === 'daily';
  return applyDecorators(
    Get(paths.map((path) => `${path}/daily/activity${isDaily ? '' : '/aggregated'}`)),
    Permission(permission),
    ApiOperation({
      summary: isDaily ? `Daily activity ${summary}` : `Activity ${summary}, all days at once`,
      operationId: `get${isDaily ? '' : 'Aggregated'}${operation}Activity`,
    }),
    ApiOkResponse({
      description: isDaily
        ? 'LiteLLM’s `{results, metadata}`; a page has whole days.'
        : 'LiteLLM’s `{results, metadata}` on one page.',
    }),
  );
}
