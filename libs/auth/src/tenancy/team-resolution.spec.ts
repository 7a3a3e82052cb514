import { aTeam } from '#support/access-builders';
import { resolveTeam, type TeamPolicy } from './team-resolution.js';

const policy: TeamPolicy = { teamIdField: 'team', teamIdUpsert: false };
const named = { teamId: 'research', isTeamSoft: false };
const soft = { teamId: 'research', isTeamSoft: true };
const none = { teamId: null, isTeamSoft: false };

describe('the team of a call', () => {
  it('is the one that the token names, when it exists', () => {
    expect(resolveTeam(named, aTeam(), policy)).toEqual({
      teamId: 'research',
      isNew: false,
      candidates: [{ team_id: 'research', chosen: true, reason: 'named by the token' }],
      refusal: null,
    });
  });

  it('is refused when it does not exist and may not be created', () => {
    const { teamId, refusal, candidates } = resolveTeam(named, null, policy);
    expect(teamId).toBeNull();
    expect(refusal?.code).toBe('team_unknown');
    expect(candidates).toMatchObject([{ chosen: false }]);
  });

  it('is new when it does not exist and may be created', () => {
    expect(resolveTeam(named, null, { ...policy, teamIdUpsert: true })).toMatchObject({
      teamId: 'research',
      isNew: true,
      refusal: null,
    });
  });

  it.each([named, soft])(
    'is refused when it is blocked, however it was named (%j)',
    (principal) => {
      const blocked = aTeam({ blocked: true });
      const { teamId, refusal } = resolveTeam(principal, blocked, {
        ...policy,
        teamIdUpsert: true,
      });
      expect(teamId).toBeNull();
      expect(refusal?.code).toBe('team_blocked');
    },
  );

  it('is used softly when client_id or azp names one that exists, and never required or created', () => {
    const softly: TeamPolicy = { teamIdField: null, teamIdUpsert: true };
    expect(resolveTeam(soft, aTeam(), softly).teamId).toBe('research');
    expect(resolveTeam(soft, null, softly)).toMatchObject({
      teamId: null,
      isNew: false,
      refusal: null,
      candidates: [{ chosen: false }],
    });
  });

  it('is required exactly when the claim is configured', () => {
    expect(resolveTeam(none, null, policy).refusal?.code).toBe('team_required');
    expect(resolveTeam(none, null, { ...policy, teamIdField: null }).refusal).toBeNull();
    expect(resolveTeam(none, null, { ...policy, teamIdField: '' }).refusal).toBeNull();
  });
});
