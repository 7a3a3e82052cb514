/** The keys of `gatehouse.issuers[].claims`, by what is read from the claim that each names. */
export const ISSUER_CLAIM_NAMES = {
  userId: 'user_id',
  userEmail: 'user_email',
  teamId: 'team_id',
  teamIds: 'team_ids',
  teamAlias: 'team_alias',
  orgId: 'org_id',
  orgAlias: 'org_alias',
  endUserId: 'end_user_id',
  userRole: 'user_role',
  userRoles: 'user_roles',
  roles: 'roles',
  objectId: 'object_id',
  agentId: 'agent_id',
  virtualKey: 'virtual_key',
  scope: 'scope',
} as const;
