import type { Limits } from '#libs/access';

/** Returns the limits of a member: those of its own, or those that the team has for its members. */
export function memberLimitsIn(team: Limits | undefined, own: Limits): Limits {
  const { restarts, ...limits } = own;
  if (Object.keys(limits).length > 0) return own;
  const ofTeam = team?.members ?? limits;
  return restarts === undefined ? ofTeam : { ...ofTeam, restarts };
}
