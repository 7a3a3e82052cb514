import type { DecisionRecord } from '#libs/auth';
import { mismatchesOf } from './outcome.js';

const REFUSED: DecisionRecord = {
  decision_id: 'dec_1',
  allowed: false,
  status: 403,
  reason: 'team_blocked',
  principal: {
    kind: 'jwt',
    issuer: 'https://idp.example',
    subject: 'alice',
    user_id: 'alice',
    team_id: 'research',
    org_id: null,
    end_user_id: null,
    agent_id: null,
    key_id: null,
    role: null,
  },
  team_candidates: [],
  steps: [
    { guard: 'jwt-auth', outcome: 'passed', detail: 'fine', config_key: 'JWT_ISSUER' },
    { guard: 'tenancy', outcome: 'refused', detail: 'blocked', config_key: null },
  ],
  allowed_models: ['a', 'b'],
  allowed_routes: [],
  remaining_budgets: [],
  remedy: 'unblock team research (`POST /team/unblock`)',
};

describe('mismatchesOf', () => {
  it('compares what is stated and nothing else', () => {
    expect(mismatchesOf({ status: 403 }, REFUSED)).toEqual([]);
    expect(
      mismatchesOf({ status: 403, reason: 'team_blocked', team: 'research' }, REFUSED),
    ).toEqual([]);
  });

  it('takes null for "there is none"', () => {
    expect(mismatchesOf({ organization: null, role: null }, REFUSED)).toEqual([]);
    expect(mismatchesOf({ user: null }, REFUSED)).toEqual([
      { member: 'user', expected: null, found: 'alice' },
    ]);
  });

  it('names every difference with what was found', () => {
    expect(mismatchesOf({ status: 200, reason: null, guard: 'rbac' }, REFUSED)).toEqual([
      { member: 'status', expected: 200, found: 403 },
      { member: 'reason', expected: null, found: 'team_blocked' },
      { member: 'guard', expected: 'rbac', found: 'tenancy' },
    ]);
  });

  it('compares models without their order', () => {
    expect(mismatchesOf({ allowed_models: ['b', 'a'] }, REFUSED)).toEqual([]);
    expect(mismatchesOf({ allowed_models: ['a'] }, REFUSED)).toHaveLength(1);
  });

  it('finds null for every id when no caller was authenticated', () => {
    const anonymous = { ...REFUSED, principal: null };
    expect(mismatchesOf({ user: null, team: null, kind: null }, anonymous)).toEqual([]);
  });
});
