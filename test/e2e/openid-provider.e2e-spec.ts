import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { AUDIENCE, TestIssuer } from '#support/issuer';
import { OpenIdProvider, RESOURCE } from '#support/openid-provider';
import { soakOr } from '#support/soak';

jest.setTimeout(200_000);

const RATE_PER_SECOND = 100;
const LOAD_MS = soakOr(24_000, 120_000);
const ROTATION_EVERY_MS = soakOr(6_000, 10_000);
const MINT_EVERY = 25;
const KEY_TTL_SECONDS = soakOr(1, 6);
/** Ten lifetimes of its keys. */
const OUTAGE_MS = KEY_TTL_SECONDS * 10_000;
const OUTAGE_FROM_MS = soakOr(4_000, 20_000);
/** In the whole outage. */
const MAX_ATTEMPTS = 3;

describe('a real OpenID provider', () => {
  let provider: OpenIdProvider;
  let dying: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    provider = await OpenIdProvider.start({ email: 'alice@acme.example' });
    dying = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({
      issuer: dying,
      upstreamUrl: upstream.url,
      jwtauth: `
    user_id_jwt_field: sub
    user_id_upsert: true
    public_key_ttl: ${String(KEY_TTL_SECONDS)}
    issuers:
      - issuer: ${provider.issuer}
        audience: ${RESOURCE}
      - issuer: ${dying.issuer}
        jwks_url: ${dying.jwksUrl}
        audience: ${AUDIENCE}`,
      gatehouse: `
  jwt: { jwks: { cooldown_seconds: 5 } }`,
      env: { JWT_PUBLIC_KEY_URL: '', JWT_ISSUER: '', JWT_AUDIENCE: '' },
    });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await provider.stop();
    await dying.stop();
  });

  it('lets its clients, its people and their refreshed tokens in', async () => {
    const service = await provider.clientCredentials();
    const person = await provider.authorizationCode();
    const refreshed = await provider.refresh(person.refresh_token ?? '');
    expect(refreshed.access_token).not.toBe(person.access_token);
    for (const { access_token: token } of [service, person, refreshed]) {
      expect((await new Client(gateway.url, token).chat()).status).toBe(200);
    }
  });

  it('rotates its keys under load while another issuer is down, and no call fails', async () => {
    const old = await dying.sign({ exp: Math.floor(Date.now() / 1000) + 3600, sub: 'bob' });
    expect((await new Client(gateway.url, old).chat()).status).toBe(200);
    const statuses = new Map<string, number>();
    const note = (who: string, status: number): void => {
      const name = `${who} ${String(status)}`;
      statuses.set(name, (statuses.get(name) ?? 0) + 1);
    };
    let { access_token: token } = await provider.clientCredentials();
    let sent = 0;
    let attemptsAtOutage = 0;
    const call = async (): Promise<void> => {
      sent += 1;
      // Each newly minted token is signed by the current key.
      if (sent % MINT_EVERY === 0) token = (await provider.clientCredentials()).access_token;
      const isOther = sent % 10 === 0;
      const client = new Client(gateway.url, isOther ? old : token);
      const response = sent % 20 < 2 ? await client.chat() : await client.get('/v1/models');
      note(isOther ? 'the dead issuer' : 'the rotating issuer', response.status);
    };
    const rotations = Array.from({ length: LOAD_MS / ROTATION_EVERY_MS - 1 }, (_, index) => ({
      atMs: (index + 1) * ROTATION_EVERY_MS,
      work: () => provider.rotate(),
    }));
    await underLoad(call, [
      ...rotations,
      {
        atMs: OUTAGE_FROM_MS,
        work: () => {
          attemptsAtOutage = dying.fetches;
          dying.isDown = true;
        },
      },
      {
        atMs: OUTAGE_FROM_MS + OUTAGE_MS,
        work: () => {
          expect(dying.fetches - attemptsAtOutage).toBeLessThanOrEqual(MAX_ATTEMPTS);
          expect(dying.fetches - attemptsAtOutage).toBeGreaterThan(0);
          dying.isDown = false;
        },
      },
    ]);
    expect([...statuses.keys()].toSorted()).toEqual([
      'the dead issuer 200',
      'the rotating issuer 200',
    ]);
    expect(sent).toBe((RATE_PER_SECOND * LOAD_MS) / 1000);
  });
});

interface TimedWork {
  readonly atMs: number;
  work(): void | Promise<void>;
}

/** Starts calls at the rate, however long each takes, and does other work at its time. */
async function underLoad(
  call: () => Promise<void>,
  timetable: readonly TimedWork[],
): Promise<void> {
  const startedMs = performance.now();
  const due = timetable.toSorted((one, other) => one.atMs - other.atMs);
  const running = new Set<Promise<void>>();
  for (let count = 0; count < (RATE_PER_SECOND * LOAD_MS) / 1000; count += 1) {
    const atMs = (count * 1000) / RATE_PER_SECOND;
    const aheadMs = atMs - (performance.now() - startedMs);
    if (aheadMs > 0) await delay(aheadMs);
    while (due[0] !== undefined && due[0].atMs <= atMs) await due.shift()?.work();
    const one = call().finally(() => running.delete(one));
    running.add(one);
  }
  await Promise.all(running);
}
