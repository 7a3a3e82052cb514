import { settingsFromYaml } from '#libs/config';
import { aTeam } from '#support/access-builders';
import { aClaim } from '#support/jwt-settings';
import { describePipeline, type PipelineCase } from '#support/pipeline-harness';
import { matchesGlob, matchesPlainGlob } from '../matching/glob.js';
import { isForUs } from '../jwt/audience.js';

const TIMES = 1_000;
const { teams, rbac } = settingsFromYaml('{}').jwt;

/** Settings with patterns of every kind, and claims that match them. */
const PATTERNS = {
  fields: {
    teamId: { ...aClaim('group'), regex: '^team-(.+)$', lower: true },
    userRoles: aClaim('roles'),
    roles: aClaim('roles'),
  },
  jwt: {
    allowedEmailDomains: ['acme.example'],
    teamAllowedRoutes: ['/v1/*', '/engines/{model}/chat/completions'],
    scopeMappings: [{ scope: 'chat', models: ['gpt-*'], routes: ['POST /chat/*'] }],
    rbac: {
      ...rbac,
      enforceRole: true,
      roleMappings: [{ role: 'ops-eu', internalRole: 'team' }],
      rolePermissions: [{ role: 'team', models: ['*-4o'], routes: ['/chat/{kind}'] }],
    },
    teams: {
      ...teams,
      syncUser: true,
      roleMap: [{ jwtRole: 'ops-[a-z]?', role: 'internal_user' }],
    },
  },
  access: {
    policies: [
      {
        name: 'p',
        when: '!token.group.matches("^team-[A-Za-z]+$") || !principal.email.matches("@acme[.]")',
        effect: 'deny',
        reason: null,
        mode: 'enforce',
      },
    ],
  },
  claims: { group: 'team-Research', roles: ['ops-eu'], scope: 'chat', team: undefined },
} satisfies PipelineCase;

describePipeline(
  'patterns of the configuration answer the same a thousand times (threat C14)',
  (harness) => {
    beforeEach(() => {
      harness.records.teams.set('research', aTeam({ models: ['gpt-?', 'gpt-*'] }));
    });

    const results = async (one: PipelineCase): Promise<Set<string>> => {
      const found = new Set<string>();
      for (let time = 0; time < TIMES; time += 1) {
        const { failure } = await harness.evaluate(one);
        found.add(failure?.code ?? 'admitted');
      }
      return found;
    };

    it('for valid tokens that match patterns of every kind', async () => {
      expect(await results(PATTERNS)).toEqual(new Set(['admitted']));
    });

    it('for tokens that they refuse', async () => {
      const claims = { ...PATTERNS.claims, group: 'team-7' };
      harness.records.teams.set('7', aTeam({ teamId: '7' }));
      expect(await results({ ...PATTERNS, claims })).toEqual(new Set(['policy_denied']));
    });

    it('for audiences, clients and roles', () => {
      const rule = { values: [], patterns: ['app-?-*'], domains: ['acme.example'] };
      for (let time = 0; time < TIMES; time += 1) {
        expect(isForUs('app-7-test', rule)).toBe(true);
        expect(isForUs('https://api.acme.example/v1', rule)).toBe(true);
        expect(isForUs('app-77', rule)).toBe(false);
        expect(matchesGlob('ops-[a-c]*', 'ops-blue')).toBe(true);
        expect(matchesPlainGlob('svc-*', 'svc-1')).toBe(true);
      }
    });
  },
);
