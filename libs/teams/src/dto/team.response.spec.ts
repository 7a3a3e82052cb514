import { TeamEntity } from '../entities/team.entity.js';
import { toTeamResponse } from './team.response.js';

describe('toTeamResponse', () => {
  it('answers in LiteLLM’s shape: null where nothing is set, empty lists, spend as a number', () => {
    const row = Object.assign(new TeamEntity(), {
      teamId: 'research',
      alias: null,
      organizationId: null,
      models: [],
      metadata: {},
      blocked: false,
      createdAt: new Date('2026-01-02T03:04:05.678Z'),
      updatedAt: new Date('2026-01-02T03:04:06.000Z'),
    });
    const members = [{ user_id: 'alice', user_email: null, role: 'admin' as const }];
    expect(toTeamResponse(row, members, 12_500_001n, () => null)).toEqual({
      team_id: 'research',
      team_alias: null,
      organization_id: null,
      admins: [],
      members: [],
      members_with_roles: members,
      team_member_permissions: null,
      metadata: {},
      tags: null,
      models: [],
      allowed_passthrough_routes: [],
      blocked: false,
      spend: 0.000012500001,
      tpm_limit: null,
      rpm_limit: null,
      max_parallel_requests: null,
      max_budget: null,
      soft_budget: null,
      budget_duration: null,
      budget_reset_at: null,
      model_max_budget: {},
      budget_limits: null,
      budget_id: null,
      model_rpm_limit: null,
      model_tpm_limit: null,
      model_id: null,
      litellm_model_table: null,
      object_permission: null,
      router_settings: null,
      created_at: '2026-01-02T03:04:05.678Z',
      updated_at: '2026-01-02T03:04:06.000Z',
    });
  });
});
