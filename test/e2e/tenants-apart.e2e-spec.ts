import pg from 'pg';
import { formatUsd, type PicoUsd } from '#libs/common';
import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { GatewayProcess, temporaryDirectory } from '#support/gateway-process';
import { TestIssuer } from '#support/issuer';
import { OpenIdProvider, RESOURCE } from '#support/openid-provider';
import { prefixEnvironment } from '#support/credential-matrix';
import { MATRIX_MODEL } from '#support/operation-matrix';
import { OWN_ROUTES, ownEndpoints } from '#support/passed-calls';
import { describeWithPostgres } from '#support/postgres';
import { soakOr } from '#support/soak';
import {
  KEPT_OBJECTS,
  keptObjectsStatement,
  MODEL_CALLS,
  nonceBehaviour,
  REQUEST_NONCE,
  TENANT_CALLS,
  TENANT_PRICES as PRICES,
  tokensOf,
  type TenantCall,
} from '#support/tenant-calls';
import { claimsOfTenant, makeTenants, type Tenant } from '#support/tenants';

jest.setTimeout(900_000);

const CALLS = soakOr(1_000, 50_000);
const CLIENTS = 48;
/** Requests that each identity repeats, of each operation. */
const OWN_TEXTS = 3;
/** Requests that all identities send, of each operation. */
const SHARED_TEXTS = 3;
/** What makes an object without naming one. */
const NAMELESS = /\/(?:files|vector_stores|conversations|containers)$/;
const ROUTES = [
  ...['openai_routes', 'anthropic_routes', 'google_routes', 'own_spend_routes'],
  'passthrough_routes_wildcard',
];
/** Operations of which identities share the texts at a time. */
const SHARED_AT_ONCE = 8;
const FIRST_OBJECT = 9_000;
/** The first of the deployments, which keeps files. */
const KEEPER = 'keeper';

/** A response of the upstream. */
const RESPONSE_NONCE = /r\.\d{8}\.r/g;
const IDENTITY = /(?:user|team|org)-\d{3}/g;
/** Tokens of input in a usage, in whichever form. */
const INPUT_TOKENS = /"(?:prompt_tokens|input_tokens|promptTokenCount)":(\d+)/g;

const TOTALS = `SELECT scope, id, spend_usd::text AS spend, reserved_usd::text AS reserved FROM gatehouse_spend_totals
  WHERE scope IN ('user', 'team', 'org', 'key') ORDER BY scope, id`;

const numberOf = (index: number): string => String(index).padStart(3, '0');

interface Total {
  readonly scope: string;
  readonly id: string;
  readonly spend: string;
  readonly reserved: string;
}

describeWithPostgres('100 identities of ten teams in four organisations', (server) => {
  let provider: OpenIdProvider;
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let directory: { path: string; remove: () => void };
  let gateway: GatewayProcess;
  let databaseUrl: string;
  let tenants: readonly Tenant[];
  /** Whose each response of the upstream is. */
  const owners = new Map<string, Tenant>();
  const spent = new Map<string, PicoUsd>();
  /** How many objects each identity has deleted. */
  const deletions = new Map<number, number>();
  let hits = 0;

  beforeAll(async () => {
    provider = await OpenIdProvider.start(claimsOfTenant);
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream({ behaviour: nonceBehaviour });
    directory = await temporaryDirectory();
    databaseUrl = await server().createDatabase();
    gateway = await GatewayProcess.start({
      issuer,
      upstreamUrl: upstream.url,
      dataDir: directory.path,
      databaseUrl,
      jwtauth: `
    user_id_jwt_field: sub
    user_email_jwt_field: email
    team_id_jwt_field: team
    org_id_jwt_field: org
    user_id_upsert: true
    team_allowed_routes: [${[...ROUTES, OWN_ROUTES].join(', ')}]
    issuers: [{ issuer: "${provider.issuer}", audience: "${RESOURCE}" }]${ownEndpoints(upstream.url)}`,
      models: ['openai', 'anthropic', 'gemini']
        .map(
          (kind) => `
  - model_name: ${MATRIX_MODEL}
    model_info: { id: ${kind === 'openai' ? KEEPER : kind} }
    litellm_params: { model: ${kind}/${MATRIX_MODEL}, api_base: "${upstream.url}/v1", api_key: upstream-secret,
      input_cost_per_token: ${PRICES.input}, output_cost_per_token: ${PRICES.output},
      input_cost_per_query: ${PRICES.query} }`,
        )
        .join('')
        .concat(
          `\nfiles_settings: [{ custom_llm_provider: openai, api_base: "${upstream.url}/v1", api_key: files-secret }]`,
        ),
      gatehouse: 'litellm_settings: { cache: true }\n',
      env: {
        ...prefixEnvironment(upstream.url),
        ...{ JWT_PUBLIC_KEY_URL: '', JWT_ISSUER: '', JWT_AUDIENCE: '' },
      },
    });
    const anonymous = new Client(gateway.url, null);
    await eventually(async () => {
      expect((await anonymous.get('/health/readiness')).status).toBe(200);
    }, 60_000);
    tenants = await makeTenants(gateway.url, provider, {
      allowed_routes: ROUTES,
      allowed_passthrough_routes: ['/apis/priced', '/apis/unpriced'],
    });
    for (const { index, user, team, org } of tenants) {
      const parameters = [numberOf(index), user, team, org, KEEPER, MATRIX_MODEL];
      await queried(keptObjectsStatement(), parameters);
    }
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await provider.stop();
    await issuer.stop();
    directory.remove();
  });

  it(`get in ${String(CALLS)} calls of every operation, plain and streamed, nothing of one another`, async () => {
    let next = 0;
    await Promise.all(
      Array.from({ length: CLIENTS }, async () => {
        while (next < CALLS) {
          const index = next;
          next += 1;
          await callOnce(index);
        }
      }),
    );
    expect(owners.size + hits).toBe(CALLS);
    expect(hits).toBeGreaterThan(CALLS / 40);
    expect(upstream.records).toHaveLength(owners.size);
  });

  it('send upstream what is their own', () => {
    for (const { path, requestBytes, rawHeaders } of upstream.records) {
      const request = `${path}\n${requestBytes.toString('latin1')}\n${rawHeaders.join('\n')}`;
      const nonces = [...new Set(request.match(REQUEST_NONCE))];
      expect([path, nonces.length]).toEqual([path, NAMELESS.test(path) ? nonces.length : 1]);
      expect(nonces.length).toBeLessThanOrEqual(1);
      expect(request.match(IDENTITY)).toBeNull();
    }
  });

  it('have totals that are exactly the sums of their own calls', async () => {
    const expected = [...spent]
      .filter(([, sum]) => sum > 0n)
      .map(([key, sum]) => ({ key, spend: formatUsd(sum), reserved: formatUsd(0n) }))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1));
    await eventually(async () => {
      const rows = await queried<Total>(TOTALS);
      const found = rows
        .filter(({ spend }) => Number(spend) !== 0)
        .map(({ scope, id, ...sums }) => ({
          key: `${scope} ${id}`,
          ...sums,
          reserved: formatUsd(0n),
        }))
        .toSorted((a, b) => (a.key < b.key ? -1 : 1));
      expect(rows.filter(({ reserved }) => Number(reserved) !== 0)).toEqual([]);
      expect(found).toEqual(expected);
    }, 30_000);
  });

  it('see their own calls alone in the logs', async () => {
    for (const { credential, user } of tenants.filter(({ index }) => index % 20 === 0)) {
      const { json } = await new Client(gateway.url, credential).get<{ user: string }[]>(
        '/spend/logs?page_size=1000',
      );
      expect(new Set(json.map((row) => row.user))).toEqual(new Set([user]));
    }
  });

  const queried = async <Row extends pg.QueryResultRow>(
    statement: string,
    parameters: readonly string[] = [],
  ): Promise<readonly Row[]> => {
    const database = new pg.Client({ connectionString: databaseUrl });
    await database.connect();
    try {
      return (await database.query<Row>(statement, [...parameters])).rows;
    } finally {
      await database.end();
    }
  };

  /** Makes a call, checks everything that comes back, and adds what it costs to the sums of its caller. */
  async function callOnce(index: number): Promise<void> {
    const { tenant, call, path, body, nonce } = planOf(index);
    const response = await fetch(`${gateway.url}${path}`, {
      method: call.method,
      headers: {
        ...call.headers,
        authorization: `Bearer ${tenant.credential}`,
        'x-request-id': `call-of-${tenant.user}`,
      },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    const headers = [...response.headers].map((pair) => pair.join(': ')).join('\n');
    const seen = `${headers}\n${text}`;
    expect([call.name, response.status, response.status === 200 ? '' : text]).toEqual([
      call.name,
      200,
      '',
    ]);
    const [answer = '', ...others] = new Set(seen.match(RESPONSE_NONCE));
    expect(others).toEqual([]);
    expect([nonce, ...(seen.match(REQUEST_NONCE) ?? [])].every((one) => one === nonce)).toBe(true);
    const { user, team, org } = tenant;
    const strangers = (seen.match(IDENTITY) ?? []).filter(
      (one) => ![user, team, org].includes(one),
    );
    expect(strangers).toEqual([]);
    const { promptTokens } = tokensOf(answer);
    for (const [, count] of text.matchAll(INPUT_TOKENS)) expect(Number(count)).toBe(promptTokens);
    recordAnswer(tenant, call, answer);
  }

  function recordAnswer(tenant: Tenant, call: TenantCall, answer: string): void {
    const owner = owners.get(answer);
    expect([answer, (owner ?? tenant).user]).toEqual([answer, tenant.user]);
    if (owner !== undefined) {
      hits += 1;
      return;
    }
    owners.set(answer, tenant);
    const cost = call.costOf(answer);
    const { user, team, org, keyId } = tenant;
    const keys = [
      `user ${user}`,
      `team ${team}`,
      `org ${org}`,
      ...(keyId === null ? [] : [`key ${keyId}`]),
    ];
    for (const key of keys) spent.set(key, (spent.get(key) ?? 0n) + cost);
  }

  /** Every identity makes every call twice; half of the texts are its own, the others those of all. */
  function planOf(index: number) {
    const tenant = tenants[tenantOf(index)];
    const step = Math.floor(index / tenants.length / 2);
    const isOwn = step % 2 === 0;
    const call = isOwn ? ownCallOf(step / 2, tenantOf(index)) : sharedCallOf(step, tenantOf(index));
    if (tenant === undefined || call === undefined) throw new Error('nothing to call');
    const slot = Math.floor(step / TENANT_CALLS.length) % (isOwn ? OWN_TEXTS : SHARED_TEXTS);
    const name = isOwn || call.object !== null ? numberOf(tenant.index) : 'all';
    const number = call.object === null ? slot : objectOf(call, tenant);
    const nonce = `q.${name}.${String(number).padStart(4, '0')}.q`;
    const path = call.paths[step % call.paths.length] ?? '';
    return { tenant, call, nonce, ...call.sent(path, nonce) };
  }

  /** Of every kind in turn, so that few calls have each of them. */
  function ownCallOf(round: number, tenant: number): TenantCall | undefined {
    return TENANT_CALLS[(round * tenants.length + tenant) % TENANT_CALLS.length];
  }

  /** One that models answer, of which many identities of each organisation send the same. */
  function sharedCallOf(step: number, tenant: number): TenantCall | undefined {
    return MODEL_CALLS[(step + (tenant % SHARED_AT_ONCE)) % MODEL_CALLS.length];
  }

  /** The number of an object of an identity that is there; what is deleted is a new one each time. */
  function objectOf({ object }: TenantCall, { index }: Tenant): number {
    if (object === 'lasting') return FIRST_OBJECT;
    const deleted = (deletions.get(index) ?? 0) + 1;
    expect(deleted).toBeLessThan(KEPT_OBJECTS);
    deletions.set(index, deleted);
    return FIRST_OBJECT + deleted;
  }

  function tenantOf(index: number): number {
    return index % tenants.length;
  }
});
