/** What keys may be sorted by, wire names. */
export const KEY_SORT_FIELDS = [
  'key_alias',
  'user_id',
  'team_id',
  'created_at',
  'updated_at',
  'expires',
  'spend',
] as const;

/** One sort field. */
export type KeySortField = (typeof KEY_SORT_FIELDS)[number];

/** Filter, order and page of a list of keys. Every filter that is present must match. */
export interface KeyQuery {
  /** Only keys of this user and the key itself: those that a caller without further rights sees. */
  readonly visibleTo?: { readonly userId: string | null; readonly keyId: string | null };
  readonly userId?: string;
  /** With {@link userId}: also keys that this user made for other users or without a user. */
  readonly isMakerIncluded?: boolean;
  readonly teamId?: string;
  readonly organizationId?: string;
  readonly keyId?: string;
  readonly alias?: string;
  /** Default: by creation. */
  readonly sortBy?: KeySortField;
  readonly isDescending: boolean;
  /** From 1. */
  readonly page: number;
  readonly pageSize: number;
}
