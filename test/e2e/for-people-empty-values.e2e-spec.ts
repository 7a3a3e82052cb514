import { readFileSync } from 'node:fs';
import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { MASTER_KEY, startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

interface Operation {
  readonly tags?: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema: Schema }>> };
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const document = JSON.parse(readFileSync('docs/reference/openapi.json', 'utf8')) as Document;
const LITELLM_TAGS = new Set(['keys', 'teams', 'users', 'organizations', 'spend']);
/** Gatehouse's own members, and enumerations, in which LiteLLM refuses an empty string too. */
const REFUSES_EMPTY = new Set(['issuer', 'bound_issuer', 'bound_subject']);
/** Lists that name what is deleted: an empty text there is a mistake of the caller. */
const NAMES_DELETED = new Set(['keys', 'key_aliases']);
/** Reports of the gateway's own, in which an empty filter is a mistake of the caller. */
const GATEHOUSE_REPORTS = '/gatehouse/';
type Case = readonly [method: string, path: string, member: string, value: unknown];

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods)
    .filter(([, { tags }]) => tags?.some((tag) => LITELLM_TAGS.has(tag)) === true)
    .map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);

function emptiesOf(schema: Schema): unknown[] {
  if (schema.enum !== undefined) return [null];
  if (schema.type === 'string') return ['', null];
  if (schema.type === 'array') return ['', [''], [], null];
  return schema.type === 'object' ? ['', {}, null] : [null];
}

const bodyCases: readonly Case[] = operations.flatMap(({ path, method, operation }) => {
  const reference = operation.requestBody?.content['application/json']?.schema.$ref ?? '';
  const schema = document.components.schemas[reference.split('/').at(-1) ?? ''];
  return Object.entries(schema?.properties ?? {})
    .filter(
      ([name]) =>
        schema?.required?.includes(name) !== true &&
        !REFUSES_EMPTY.has(name) &&
        !NAMES_DELETED.has(name),
    )
    .flatMap(([name, member]) =>
      emptiesOf(member).map((value) => [method, path, name, value] as const),
    );
});

const queryCases: readonly Case[] = operations.flatMap(({ path, method, operation }) =>
  (path.startsWith(GATEHOUSE_REPORTS) ? [] : (operation.parameters ?? []))
    .filter(({ in: place, required, schema }) => place === 'query' && !required && isText(schema))
    .map(({ name }) => [method, path, name, ''] as const),
);

function isText({ type, enum: values }: Schema): boolean {
  return type === 'string' && values === undefined;
}

describe('empty values on the admin routes of LiteLLM', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({ issuer, upstreamUrl: upstream.url });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  /** The member that a request was refused for; `null` where its values were not the reason. */
  const refusedFor = async (method: string, url: string, body?: object) => {
    const response = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${MASTER_KEY}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as { error?: { param?: string; message?: string } };
    return response.status === 400 ? (answer.error ?? {}) : null;
  };

  it('cover the routes of the OpenAPI document', () => {
    expect(bodyCases.length).toBeGreaterThan(80);
    expect(queryCases.length).toBeGreaterThan(10);
  });

  it.each(bodyCases)('%s %s takes %s: %j', async (...[method, path, member, value]) => {
    const refusal = await refusedFor(method, gateway.url + path.replace('{key}', 'sk-none'), {
      [member]: value,
    });
    expect(refusal?.message ?? '').not.toMatch(new RegExp(`\\b${member} (must|is not)`));
  });

  it.each(queryCases)('%s %s takes %s= in its query', async (...[method, path, member]) => {
    const refusal = await refusedFor(method, `${gateway.url}${path}?${member}=`);
    expect(refusal?.message ?? '').not.toMatch(new RegExp(`\\b${member} (must|is not)`));
  });

  it.each([
    ['/team/new', '/team/update', '/team/info?team_id=', 'team_id', 'team_info'],
    [
      '/organization/new',
      '/organization/update',
      '/organization/info?organization_id=',
      'organization_id',
      null,
    ],
    ['/user/new', '/user/update', '/user/info?user_id=', 'user_id', 'user_info'],
  ] as const)('%s leaves lists and objects out, and %s clears them', async (...routes) => {
    const [create, update, info, idMember, within] = routes;
    const admin = Client.admin(gateway.url);
    const read = async (id: string): Promise<unknown> => {
      const { json } = await admin.get<Record<string, unknown>>(`${info}${id}`);
      return within === null ? json : json[within];
    };
    const alias = idMember.replace('_id', '_alias');
    const empty = { models: '', metadata: '', teams: '', members_with_roles: '', tags: '' };
    const { teams, members_with_roles, ...common } = empty;
    const own = idMember === 'user_id' ? { teams } : {};
    const ofTeam = idMember === 'team_id' ? { members_with_roles } : {};
    const made = { [idMember]: 'empties', [alias]: 'Empties', ...common, ...own, ...ofTeam };
    expect((await admin.post(create, made)).status).toBe(200);
    expect(await read('empties')).toMatchObject({ models: [], metadata: {} });
    const full = { [idMember]: 'empties', models: ['gpt-4o'], metadata: { a: 1 } };
    const send = idMember === 'organization_id' ? 'PATCH' : 'POST';
    expect((await admin.send(send, update, { body: full })).status).toBe(200);
    expect(await read('empties')).toMatchObject({ models: ['gpt-4o'], metadata: { a: 1 } });
    const cleared = { [idMember]: 'empties', models: [''], metadata: '' };
    expect((await admin.send(send, update, { body: cleared })).status).toBe(200);
    expect(await read('empties')).toMatchObject({ models: [], metadata: {} });
  });

  it('leave owners and durations as they are, and clear display names', async () => {
    const admin = Client.admin(gateway.url);
    await admin.post('/organization/new', { organization_id: 'acme', organization_alias: 'Acme' });
    const team = { team_id: 'kept', team_alias: 'Kept', organization_id: 'acme' };
    await admin.post('/team/new', team);
    await admin.post('/team/update', { team_id: 'kept', team_alias: '', organization_id: '' });
    const info = await admin.get<{ team_info: object }>('/team/info?team_id=kept');
    expect(info.json.team_info).toMatchObject({ team_alias: null, organization_id: 'acme' });
    const made = await admin.post<{ key: string; expires: string }>('/key/generate', {
      team_id: 'kept',
      duration: '30d',
      key_alias: 'named',
      user_id: '',
    });
    const empty = { key: made.json.key, duration: '', team_id: '', key_alias: '' };
    const updated = await admin.post('/key/update', empty);
    expect(updated.json).toMatchObject({
      team_id: 'kept',
      expires: made.json.expires,
      key_alias: null,
    });
  });
});
