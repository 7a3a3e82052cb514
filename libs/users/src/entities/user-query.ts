import type { UserRole } from '#libs/access';

/** Columns by which users may be sorted, by wire name. */
export const USER_SORT_FIELDS = [
  'user_id',
  'user_email',
  'user_alias',
  'user_role',
  'created_at',
  'spend',
] as const;

/** One sort field. */
export type UserSortField = (typeof USER_SORT_FIELDS)[number];

/** Filter, order and page of users. Absent members do not restrict. */
export interface UserQuery {
  readonly role?: UserRole;
  /** Only these users. */
  readonly userIds?: readonly string[];
  /** Part of the user id, case-sensitive. */
  readonly userIdPart?: string;
  /** Part of the email address, case-insensitive. */
  readonly emailPart?: string;
  /** Default: newest first. */
  readonly sortBy?: UserSortField;
  readonly isDescending?: boolean;
  /** From 1. */
  readonly page: number;
  readonly pageSize: number;
}
