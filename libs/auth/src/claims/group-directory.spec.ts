import type { GroupOverageSettings } from '#libs/config';
import { aHarness, type CredentialHarness } from '#support/credential-harness';
import { KeyServer } from '#support/key-server';
import { answering } from '#support/opaque-harness';
import { ClaimsModule } from './claims.module.js';
import { GroupDirectory } from './group-directory.js';

let server: KeyServer;
let harness: CredentialHarness;
/** What the token endpoint answers, and how often it was asked. */
let ticket: object;
let tickets: number;

beforeEach(async () => {
  server = await KeyServer.start();
  harness = await aHarness({ imports: [ClaimsModule] });
  ticket = { access_token: 'ours', expires_in: 3600 };
  tickets = 0;
  server.behaviour = (request, response) => {
    const isToken = request.url === '/token';
    if (isToken) tickets += 1;
    answering(isToken ? ticket : { value: [request.url] })(request, response);
  };
});

afterEach(async () => {
  await harness.close();
  await server.stop();
});

/** Returns the groups of a user; each group is named after the path of the request. */
const groupsOf = (who: string, over: Partial<GroupOverageSettings> = {}) =>
  harness.module.get(GroupDirectory).groupsOf(
    { endpoint: `${server.origin}/${who}`, token: null },
    {
      endpoint: '',
      tokenUrl: `${server.origin}/token`,
      clientId: 'gateway',
      clientSecret: 'secret',
      scope: null,
      cacheSeconds: 300,
      ...over,
    },
  );

describe('the token of our own for a directory', () => {
  it('is asked for once, however many are waiting for it', async () => {
    const people = ['alice', 'bob', 'carol'];
    expect(await Promise.all(people.map((who) => groupsOf(who)))).toEqual(
      people.map((who) => ({ isListed: true, groups: [`/${who}`] })),
    );
    expect(tickets).toBe(1);
  });

  it.each([[3600], ['3600']])('is kept until a minute before its end: %j', async (lifetime) => {
    ticket = { access_token: 'ours', expires_in: lifetime };
    await groupsOf('alice');
    harness.clock.advance(3539);
    await groupsOf('alice');
    expect(tickets).toBe(1);
    harness.clock.advance(1);
    await groupsOf('alice');
    expect(tickets).toBe(2);
  });

  it.each([[undefined], ['soon'], ['-1'], ['1e9'], [-5]])(
    'is used once where its lifetime is %j',
    async (lifetime) => {
      ticket = { access_token: 'ours', expires_in: lifetime };
      await groupsOf('alice');
      await groupsOf('alice');
      expect(tickets).toBe(2);
    },
  );

  it('is asked for again after a failure, and for other credentials', async () => {
    ticket = {};
    const refused = await Promise.allSettled([groupsOf('alice'), groupsOf('bob')]);
    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(tickets).toBe(1);
    ticket = { access_token: 'ours', expires_in: 3600 };
    await Promise.all([groupsOf('alice'), groupsOf('alice', { clientId: 'other' })]);
    expect(tickets).toBe(3);
  });
});
