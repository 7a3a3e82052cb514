import { DecisionTrace } from '#libs/access';
import type { GroupOverageSettings } from '#libs/config';
import { aHarness, type CredentialHarness } from '#support/credential-harness';
import { aClaim, claimFields, jwtSettings } from '#support/jwt-settings';
import { ClaimsModule } from './claims.module.js';
import { GroupDirectory, type DirectoryResponse, type GroupQuery } from './group-directory.js';
import { GroupOverageService } from './group-overage.service.js';

const OVERAGE: GroupOverageSettings = {
  endpoint: 'https://directory.example/{oid}/groups',
  tokenUrl: null,
  clientId: null,
  clientSecret: null,
  scope: null,
  cacheSeconds: 300,
};

type Claims = Readonly<Record<string, unknown>>;

/**
 * A directory that lists the same groups for every subject, and records the subjects of the
 * requests.
 */
class SameGroups implements Pick<GroupDirectory, 'groupsOf'> {
  readonly asked: string[] = [];
  groups: readonly string[] = ['g1', 'g2'];

  groupsOf({ endpoint }: GroupQuery): Promise<DirectoryResponse> {
    this.asked.push(endpoint);
    return Promise.resolve({ isListed: true, groups: this.groups });
  }
}

describe('groups of a directory', () => {
  let harness: CredentialHarness;
  let directory: SameGroups;

  beforeEach(async () => {
    directory = new SameGroups();
    harness = await aHarness(
      { imports: [ClaimsModule], overrides: [{ provide: GroupDirectory, useValue: directory }] },
      {
        jwt: { teams: { ...jwtSettings().teams, overage: OVERAGE } },
      },
    );
  });

  afterEach(() => harness.close());

  const aToken = (oid: string): Claims => ({ oid, sub: 's', hasgroups: true, list: ['a'] });

  async function completed(claims: Claims): Promise<Claims> {
    const proven = {
      kind: 'jwt',
      claims,
      fields: claimFields({ teamIds: aClaim('groups') }),
      configPath: 'x',
      entry: null,
      token: 'theirs',
    } as const;
    const trace = new DecisionTrace('dec_test');
    return harness.module.get(GroupOverageService).withGroups(proven, trace);
  }

  test('complete the claims of a proof once, and are shared by the proofs of a subject', async () => {
    const [one, other] = [aToken('alice'), aToken('alice')];
    const first = await completed(one);
    expect(first).toEqual({ ...one, groups: ['g1', 'g2'] });
    expect(Object.isFrozen(first) && Object.isFrozen(first['groups'])).toBe(true);
    expect(await completed(one)).toBe(first);
    const second = await completed(other);
    expect(second).not.toBe(first);
    expect(second['groups']).toBe(first['groups']);
  });

  test('are completed anew once they were asked for again', async () => {
    const claims = aToken('alice');
    await completed(claims);
    directory.groups = ['g3'];
    harness.clock.advance(301);
    expect((await completed(claims))['groups']).toEqual(['g3']);
  });

  test('take bounded memory for any number of subjects', async () => {
    directory.groups = Array.from({ length: 10_000 }, (_, n) => String(n).padStart(200, 'g'));
    await completed(aToken('first'));
    await completed(aToken('second'));
    await completed(aToken('first'));
    expect(directory.asked).toHaveLength(2);
    for (let n = 0; n < 20; n += 1) await completed(aToken(`other ${String(n)}`));
    await completed(aToken('first'));
    expect(directory.asked).toHaveLength(23);
  });
});
