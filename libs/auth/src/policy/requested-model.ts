import { aliasedModel, prefixCallOf, type ModelAliases, type RequestedRoute } from '#libs/access';

/**
 * Returns the model that counts for a call: the one that an alias of the caller has in the place of the name. Below the prefix of a
 * provider and at a configured endpoint names are those of the upstream, and aliases do not apply.
 * @param named the name that the call has; `null` for none
 */
export function modelOfRequest(
  named: string | null,
  route: RequestedRoute,
  aliases: ModelAliases | undefined,
): string | null {
  if (named === null || aliases === undefined) return named;
  if (route.endpoint !== undefined || prefixCallOf(route) !== null) return named;
  return aliasedModel(named, aliases);
}
