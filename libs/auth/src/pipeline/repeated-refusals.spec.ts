import { aTeam } from '#support/access-builders';
import { MASTER_KEY, startGuardedApp, type GuardedApp } from '#support/guarded-app';

describe('a large body with a member that is not JSON', () => {
  let app: GuardedApp;

  beforeAll(async () => {
    app = await startGuardedApp();
    app.records.teams.set('research', aTeam());
  });
  afterAll(async () => {
    await app.stop();
  });

  it.each(['model', 'user', 'metadata'])(
    'is refused and recorded alike at each use of a token: %s',
    async (member) => {
      const token = app.tokenOf();
      const model = member === 'model' ? '' : '"model":"gpt-4o",';
      const body = `{${model}"${member}":{x},"pad":"${'z'.repeat(20_000)}"}`;
      const uses: unknown[] = [];
      await app.withBodyLimit(100_000, async () => {
        for (let use = 0; use < 4; use += 1) {
          const answer = await app.post('/v1/chat/completions', token).send(body);
          const id = answer.headers['x-gatehouse-decision-id'] ?? '';
          const { allowed, status, reason, steps } = (await app.get(`/decisions/${id}`, MASTER_KEY))
            .body as Record<string, unknown>;
          const outcomes = (steps as { guard: string; outcome: string }[]).map(
            ({ guard, outcome }) => `${guard} ${outcome}`,
          );
          uses.push({ answered: answer.status, allowed, status, reason, outcomes });
        }
      });
      for (const use of uses) expect(use).toEqual(uses[0]);
    },
  );
});
