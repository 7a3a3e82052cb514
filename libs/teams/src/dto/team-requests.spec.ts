import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import { CreateTeamRequest } from './create-team.request.js';
import { ListTeamsRequest, teamQueryOf } from './list-teams.request.js';
import { DeleteTeamsRequest, TeamIdRequest } from './team-id.request.js';
import { TEAM_NOT_ENFORCED } from './team-limits.js';
import { AddTeamMembersRequest, DeleteTeamMemberRequest } from './team-member.request.js';
import { newTeamOf, teamChangesOf } from './team-values.request.js';
import { UpdateTeamRequest } from './update-team.request.js';

type RequestClass<T extends object> = new () => T;

async function messagesOf<T extends object>(
  type: RequestClass<T>,
  body: object,
): Promise<string[]> {
  const errors = await validate(plainToInstance(type, body), {
    whitelist: true,
    forbidNonWhitelisted: true,
  });
  return errors.flatMap((error) => [
    ...Object.values(error.constraints ?? {}),
    ...(error.children ?? []).map((child) => `in ${error.property}.${child.property}`),
  ]);
}

describe('team requests', () => {
  const everything = {
    team_id: 'research',
    team_alias: 'Research',
    organization_id: 'acme',
    models: ['all-proxy-models'],
    allowed_passthrough_routes: ['/bria'],
    model_aliases: { quick: 'gpt-4o' },
    metadata: { a: 1 },
    blocked: true,
  };

  it('accept every member that is supported', async () => {
    const members_with_roles = [{ role: 'admin', user_id: 'alice', user_email: null }];
    expect(await messagesOf(CreateTeamRequest, { ...everything, members_with_roles })).toEqual([]);
    expect(await messagesOf(UpdateTeamRequest, everything)).toEqual([]);
    expect(await messagesOf(CreateTeamRequest, {})).toEqual([]);
  });

  it.each(TEAM_NOT_ENFORCED.map((name) => [name]))(
    'take null for %s, which LiteLLM’s clients send, and refuse a value by name',
    async (name) => {
      for (const type of [CreateTeamRequest, UpdateTeamRequest]) {
        expect(await messagesOf(type, { team_id: 'a', [name]: null })).toEqual([]);
        expect(await messagesOf(type, { team_id: 'a', [name]: 5 })).toEqual([
          `${name} is not enforced by this version; leave it out`,
        ]);
      }
    },
  );

  it('refuse tags in the metadata that are not tags, with their path', async () => {
    for (const tags of [5, 'a', [5], ['a', '']]) {
      const [message] = await messagesOf(CreateTeamRequest, { metadata: { tags } });
      expect(message).toMatch(/^metadata\.tags must be/);
    }
    expect(await messagesOf(CreateTeamRequest, { metadata: { tags: ['a'] } })).toEqual([]);
  });

  it.each([['user_role'], ['created_at'], ['id'], ['members_with_role'], ['bound_issuer']])(
    'refuse %s, which no team has',
    async (name) => {
      expect(await messagesOf(UpdateTeamRequest, { team_id: 'a', [name]: null })).toHaveLength(1);
    },
  );

  it.each([
    ['team_id', 7],
    ['organization_id', ['acme']],
    ['models', 'gpt-4o'],
    ['metadata', []],
    ['blocked', 'true'],
    ['blocked', 1],
  ])('refuse %s: %p, naming it', async (name, value) => {
    const [message] = await messagesOf(UpdateTeamRequest, { team_id: 'a', [name]: value });
    expect(message).toContain(`${name} must be`);
  });

  it.each([
    [{ role: 'owner', user_id: 'a' }],
    [{ user_id: 'a' }],
    [{ role: 'user', user_email: 'not-an-address' }],
    [{ role: 'user', user_id: 'a', max_budget_in_team: 1 }],
    [null],
    [[]],
    ['alice'],
  ])('refuse the member %p', async (member) => {
    expect(await messagesOf(CreateTeamRequest, { members_with_roles: [member] })).not.toEqual([]);
    expect(await messagesOf(AddTeamMembersRequest, { team_id: 'a', member })).not.toEqual([]);
  });

  it('take one member or a list of members', async () => {
    const member = { role: 'user', user_id: 'alice' };
    for (const form of [member, [member]]) {
      const request = plainToInstance(AddTeamMembersRequest, { team_id: 'a', member: form });
      expect(await validate(request)).toEqual([]);
      expect(request.member).toMatchObject([member]);
    }
    for (const nothing of [undefined, null, [], 'alice']) {
      const body = { team_id: 'a', member: nothing };
      expect(await messagesOf(AddTeamMembersRequest, body)).not.toEqual([]);
    }
  });

  it('take one id, never a list, where one team is meant', async () => {
    expect(await messagesOf(TeamIdRequest, { team_id: ['a', 'b'] })).toHaveLength(1);
    expect(await messagesOf(TeamIdRequest, {})).toHaveLength(1);
    expect(await messagesOf(DeleteTeamMemberRequest, { team_id: 'a', user_id: [] })).toHaveLength(
      1,
    );
  });

  it.each([[[]], [['a', 'a']], ['a'], [undefined]])('refuse to delete %p', async (team_ids) => {
    expect(await messagesOf(DeleteTeamsRequest, { team_ids })).not.toEqual([]);
  });

  it('become values: absent members have defaults on making', () => {
    expect(newTeamOf(new CreateTeamRequest())).toEqual({
      alias: null,
      organizationId: null,
      models: [],
      passThroughRoutes: [],
      modelAliases: {},
      metadata: {},
      limits: expect.any(Function),
      blocked: false,
    });
    expect(newTeamOf(plainToInstance(CreateTeamRequest, everything))).toEqual({
      alias: 'Research',
      organizationId: 'acme',
      models: ['all-proxy-models'],
      passThroughRoutes: ['/bria'],
      modelAliases: { quick: 'gpt-4o' },
      metadata: { a: 1 },
      limits: expect.any(Function),
      blocked: true,
    });
  });

  it('become changes: absent stays, null clears, empty is empty', () => {
    const changesOf = (body: object) => teamChangesOf(plainToInstance(UpdateTeamRequest, body));
    expect(changesOf({ team_id: 'a' })).toEqual({});
    expect(
      changesOf({
        team_alias: null,
        organization_id: null,
        models: null,
        metadata: null,
        blocked: null,
      }),
    ).toEqual({ alias: null, organizationId: null, models: [], metadata: {} });
    expect(changesOf({ models: [], blocked: false })).toEqual({ models: [], blocked: false });
  });

  it('become a query: default_organization means none', () => {
    const queryOf = (body: object) => teamQueryOf(plainToInstance(ListTeamsRequest, body), null);
    expect(queryOf({})).toEqual({});
    expect(queryOf({ organization_id: 'acme' })).toEqual({ organizationIds: ['acme'] });
    expect(queryOf({ organization_id: 'default_organization' })).toEqual({ organizationIds: null });
    expect(teamQueryOf(new ListTeamsRequest(), ['a'])).toEqual({ teamIds: ['a'] });
  });
});
