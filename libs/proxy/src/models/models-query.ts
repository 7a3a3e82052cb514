import type { AccessContext } from '#libs/access';
import { GatehouseError } from '#libs/common';

/** Query of a list of models as it was sent. Members that are not known are ignored: clients add their own. */
export type ModelsQuery = Readonly<Record<string, unknown>>;

/** Part of a list that a client asks for, in Anthropic's words. */
export interface PageRequest {
  /** 1 to 1000. */
  readonly limit: number;
  readonly afterId: string | null;
  readonly beforeId: string | null;
}

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 1_000;
/** Words that LiteLLM reads as true. */
const TRUE = /^(?:true|1|yes|on|t|y)$/i;

/** Tells whether a member of a query is set, as LiteLLM reads it. */
export function isAsked(query: ModelsQuery, name: string): boolean {
  const value = query[name];
  return typeof value === 'string' && TRUE.test(value);
}

/**
 * Refuses a list of the models of another team than the call has: which models those are depends on the caller, too.
 * @throws GatehouseError `request_invalid`
 */
export function requireOwnTeam(
  query: ModelsQuery,
  { attribution }: Pick<AccessContext, 'attribution'>,
): void {
  const team = query['team_id'];
  if (team === undefined || team === '' || team === attribution.teamId) return;
  throw new GatehouseError('request_invalid', {
    param: 'team_id',
    message: 'The call is not made for this team. Name it in the header x-litellm-team-id.',
  });
}

/**
 * Reads which part of a list is asked for.
 * @throws GatehouseError `request_invalid` with the member as `param`
 */
export function pageRequestOf(query: ModelsQuery): PageRequest {
  const { limit = String(DEFAULT_LIMIT) } = query;
  const isNumber = typeof limit === 'string' && /^\d{1,4}$/.test(limit);
  if (!isNumber || Number(limit) < 1 || Number(limit) > MAX_LIMIT)
    throw invalid('limit', `"limit" must be a number from 1 to ${String(MAX_LIMIT)}.`);
  return {
    limit: Number(limit),
    afterId: textOf(query, 'after_id'),
    beforeId: textOf(query, 'before_id'),
  };
}

/** Google's default size of a page. */
const GOOGLE_LIMIT = 50;

/**
 * Reads which page is asked for in Google's words. A larger page than the largest is that one, as Google has it.
 * @throws GatehouseError `request_invalid` with the member as `param`
 */
export function googlePageRequestOf(query: ModelsQuery): PageRequest {
  const { pageSize = '0' } = query;
  if (typeof pageSize !== 'string' || !/^\d{1,9}$/.test(pageSize))
    throw invalid('pageSize', '"pageSize" must be a number from 1.');
  const token = textOf(query, 'pageToken');
  const afterId = token === null ? null : Buffer.from(token, 'base64url').toString();
  const limit = Math.min(Number(pageSize) || GOOGLE_LIMIT, MAX_LIMIT);
  return { limit, afterId, beforeId: null };
}

/**
 * Returns a part of a list: what follows `afterId`, or what is directly before `beforeId`.
 * @throws GatehouseError `request_invalid` for an id that is not in the list, or two of them
 */
export function pageOf<T extends { readonly name: string }>(
  all: readonly T[],
  { limit, afterId, beforeId }: PageRequest,
): { readonly models: readonly T[]; readonly hasMore: boolean } {
  if (afterId !== null && beforeId !== null)
    throw invalid('before_id', '"after_id" and "before_id" cannot be combined.');
  if (beforeId !== null) {
    const before = all.slice(0, indexOf(all, 'before_id', beforeId));
    return { models: before.slice(-limit), hasMore: before.length > limit };
  }
  const rest = afterId === null ? all : all.slice(indexOf(all, 'after_id', afterId) + 1);
  return { models: rest.slice(0, limit), hasMore: rest.length > limit };
}

function indexOf(all: readonly { readonly name: string }[], param: string, id: string): number {
  const index = all.findIndex(({ name }) => name === id);
  if (index === -1) throw invalid(param, `"${param}" must be the id of a model of this list.`);
  return index;
}

function textOf(query: ModelsQuery, name: string): string | null {
  const value = query[name];
  if (value === undefined || value === '') return null;
  if (typeof value !== 'string') throw invalid(name, `"${name}" must be one id.`);
  return value;
}

function invalid(param: string, message: string): GatehouseError {
  return new GatehouseError('request_invalid', { param, message });
}
