import { keyIdOf } from '#libs/keys';
import { OfflineRecords } from './offline-records.js';
import { RowBook } from './row-book.js';

const given = (rows: Partial<OfflineRecords>): OfflineRecords =>
  Object.assign(new OfflineRecords(), rows);

describe('RowBook', () => {
  it('has what was stated and nothing else', () => {
    const rows = new RowBook(
      given({
        teams: [{ team_id: 'research', models: ['gpt-4o'] }],
        users: [{ user_id: 'alice', user_email: 'Alice@Acme.example' }],
        memberships: [
          { team_id: 'sales', user_id: 'alice', source: 'token' },
          { team_id: 'research', user_id: 'alice' },
        ],
      }),
      { assumesMissing: false },
    );
    expect(rows.team('research')).toMatchObject({ models: ['gpt-4o'], blocked: false });
    expect([rows.team('other'), rows.user('bob'), rows.organization('acme')]).toEqual([
      null,
      null,
      null,
    ]);
    expect(rows.usersByEmail('alice@acme.EXAMPLE')).toHaveLength(1);
    expect(rows.teamsOf('alice').map(({ teamId, source }) => [teamId, source])).toEqual([
      ['research', 'admin'],
      ['sales', 'token'],
    ]);
    expect(rows.assumed).toEqual([]);
  });

  it('takes teams, users and organisations for there when told so, and says which', () => {
    const rows = new RowBook(given({ teams: [{ team_id: 'closed', blocked: true }] }), {
      assumesMissing: true,
    });
    expect(rows.team('closed')?.blocked).toBe(true);
    expect(rows.team('research')).toMatchObject({ teamId: 'research', models: [], blocked: false });
    expect(rows.user('alice')).toMatchObject({ userId: 'alice', role: null, boundIssuer: null });
    expect(rows.organizationsByAlias('Acme')).toHaveLength(1);
    expect(rows.assumed).toEqual(['team research', 'user alice', 'organisation of the alias Acme']);
  });

  it('assumes neither a virtual key nor an end user', () => {
    const rows = new RowBook(given({}), { assumesMissing: true });
    expect([rows.key(keyIdOf('sk-a')), rows.endUser('shopper')]).toEqual([null, null]);
    expect(rows.keyMappingsOf('robot')).toEqual([]);
  });

  it('finds every team of an alias', () => {
    const teams = ['a', 'b'].map((team_id) => ({ team_id, team_alias: 'Twin' }));
    const rows = new RowBook(given({ teams }), { assumesMissing: false });
    expect(rows.teamsByAlias('Twin').map(({ teamId }) => teamId)).toEqual(['a', 'b']);
    expect(rows.teamsByAlias('twin')).toEqual([]);
  });
});
