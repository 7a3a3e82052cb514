import {
  NotEnforced,
  OptionalCount,
  OptionalIdentity,
  OptionalText,
  PageNumber,
  USER_ROLES,
  type UserRole,
} from '#libs/access';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { USER_SORT_FIELDS, type UserQuery, type UserSortField } from '../entities/user-query.js';

const DEFAULT_PAGE_SIZE = 25;
const MAX_PAGE_SIZE = 100;
const MAX_IDS_LENGTH = 8_192;
const MAX_PART_LENGTH = 255;

/** Query of `GET /user/info`. */
export class UserInfoRequest {
  @OptionalIdentity({ description: 'Default: the caller.' })
  user_id?: string;
}

/** Query of `GET /user/list`. */
@NotEnforced(['sso_user_ids', 'organization_ids'])
export class ListUsersRequest {
  @ApiPropertyOptional({ enum: USER_ROLES })
  @IsOptional()
  @IsIn(USER_ROLES)
  role?: UserRole;

  @OptionalText(MAX_IDS_LENGTH, {
    description: 'One id or part of it, or several whole ids separated by commas.',
  })
  user_ids?: string;

  @OptionalText(MAX_PART_LENGTH, { description: 'Part of the address; case is ignored.' })
  user_email?: string;

  @OptionalIdentity({ description: 'Only members of this team.' })
  team?: string;

  @PageNumber()
  page?: number;

  @OptionalCount(MAX_PAGE_SIZE, { default: DEFAULT_PAGE_SIZE })
  page_size?: number;

  @ApiPropertyOptional({ enum: USER_SORT_FIELDS, description: 'Default: newest first.' })
  @IsOptional()
  @IsIn(USER_SORT_FIELDS)
  sort_by?: UserSortField;

  @ApiPropertyOptional({ enum: ['asc', 'desc'], default: 'asc' })
  @IsOptional()
  @IsIn(['asc', 'desc'])
  sort_order?: 'asc' | 'desc';
}

/** The query that a request asks for, its `team` apart, which takes another library to resolve. */
export function userQueryOf(request: ListUsersRequest): UserQuery {
  return {
    page: request.page ?? 1,
    pageSize: request.page_size ?? DEFAULT_PAGE_SIZE,
    ...(request.role !== undefined && { role: request.role }),
    ...(request.user_ids !== undefined && idFilterOf(request.user_ids)),
    ...(request.user_email !== undefined && { emailPart: request.user_email }),
    ...(request.sort_by !== undefined && {
      sortBy: request.sort_by,
      isDescending: request.sort_order === 'desc',
    }),
  };
}

/** One id may be a part of one; several are whole ids, as LiteLLM reads them. */
function idFilterOf(text: string): Pick<UserQuery, 'userIds' | 'userIdPart'> {
  const ids = text.split(',').map((id) => id.trim());
  return ids.length > 1 ? { userIds: ids } : { userIdPart: text };
}
