import { UserEntity } from '../entities/user.entity.js';
import { toUserResponse } from './user.response.js';

describe('toUserResponse', () => {
  it('answers in LiteLLM’s shape: null where nothing is set, empty lists, spend as a number', () => {
    const row = Object.assign(new UserEntity(), {
      userId: 'alice',
      email: null,
      emailVerified: false,
      alias: null,
      role: null,
      models: [],
      metadata: {},
      blocked: false,
      boundIssuer: 'https://issuer.example',
      boundSubject: 'alice',
      createdAt: new Date('2026-01-02T03:04:05.678Z'),
      updatedAt: new Date('2026-01-02T03:04:06.000Z'),
    });
    expect(toUserResponse(row, ['research'], 1n, () => null)).toEqual({
      user_id: 'alice',
      user_email: null,
      user_alias: null,
      user_role: null,
      teams: ['research'],
      models: [],
      metadata: {},
      blocked: false,
      bound_issuer: 'https://issuer.example',
      bound_subject: 'alice',
      spend: 1e-12,
      model_spend: {},
      model_max_budget: {},
      max_budget: null,
      budget_duration: null,
      budget_reset_at: null,
      soft_budget: null,
      budget_limits: null,
      budget_id: null,
      model_rpm_limit: null,
      model_tpm_limit: null,
      tpm_limit: null,
      rpm_limit: null,
      max_parallel_requests: null,
      organization_id: null,
      sso_user_id: null,
      object_permission: null,
      created_at: '2026-01-02T03:04:05.678Z',
      updated_at: '2026-01-02T03:04:06.000Z',
    });
  });
});
