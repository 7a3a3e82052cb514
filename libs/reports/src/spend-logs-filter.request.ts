import { OptionalIdentity, OptionalText, PageNumber } from '#libs/access';
import { GatehouseError } from '#libs/common';
import { bookedKeyId } from '#libs/keys';
import type { SpendLogsFilter } from '#libs/spend';

const MAX_MODEL_LENGTH = 255;

/** Rows of one page at most. */
export const MAX_PAGE_SIZE = 1_000;

/** What the queries for single requests have in common. Several filters must all match. */
export abstract class SpendLogsFilterRequest {
  @OptionalIdentity({ description: 'Id of a virtual key.' })
  api_key?: string;

  @OptionalIdentity()
  user_id?: string;

  @OptionalIdentity()
  team_id?: string;

  @OptionalIdentity()
  request_id?: string;

  @OptionalIdentity()
  end_user?: string;

  @OptionalText(MAX_MODEL_LENGTH, { description: 'Model group, or model at the upstream.' })
  model?: string;

  @PageNumber()
  page?: number;
}

/**
 * The filter of a request.
 * @param more what the request names besides; `undefined` for nothing
 * @throws GatehouseError `request_invalid` when the dates are in the wrong order
 */
export function spendLogsFilterOf(
  request: SpendLogsFilterRequest,
  more: { readonly [Name in keyof SpendLogsFilter]: SpendLogsFilter[Name] | undefined },
): SpendLogsFilter {
  const { from, until } = more;
  if (from !== undefined && until !== undefined && from >= until) {
    throw new GatehouseError('request_invalid', {
      message: 'start_date lies behind end_date.',
      param: 'start_date',
    });
  }
  const filter = {
    requestId: request.request_id,
    keyId: request.api_key === undefined ? undefined : bookedKeyId(request.api_key),
    userId: request.user_id,
    teamId: request.team_id,
    endUserId: request.end_user,
    model: request.model,
    ...more,
  };
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}
