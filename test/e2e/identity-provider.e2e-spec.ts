import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { eventually } from '#support/eventually';
import { Clock } from '#libs/common';

/** Moves a running gateway's clock, so that key lifetimes pass without waiting. */
function advance(gateway: TestGateway, ms: number): void {
  const clock = gateway.gateway.app.get(Clock);
  const now = clock.nowMs.bind(clock);
  jest.spyOn(clock, 'nowMs').mockImplementation(() => now() + ms);
}

describe('an identity provider that stops and rotates', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;

  beforeEach(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      jwtauth: `
    user_id_jwt_field: sub
    user_id_upsert: true
    public_key_ttl: 600`,
    });
  });

  afterEach(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
    jest.restoreAllMocks();
  });

  it('does not disturb callers whose keys are known, also past the keys’ lifetime', async () => {
    const token = async () =>
      issuer.sign({ exp: Math.floor(Date.now() / 1000) + 36_000, iat: null });
    expect((await new Client(gateway.url, await token()).chat()).status).toBe(200);
    await issuer.stop();
    advance(gateway, 1_200_000);
    for (let call = 0; call < 5; call += 1) {
      expect((await new Client(gateway.url, await token()).chat()).status).toBe(200);
    }
  });

  it('is heard at the first request after it rotated its key', async () => {
    expect((await new Client(gateway.url, await issuer.sign()).chat()).status).toBe(200);
    await issuer.rotate();
    expect((await new Client(gateway.url, await issuer.sign()).chat()).status).toBe(200);
  });

  it('is asked at most twice by 1,000 tokens with random key ids', async () => {
    expect((await new Client(gateway.url, await issuer.sign()).chat()).status).toBe(200);
    const before = issuer.fetches;
    const tokens = await Promise.all(
      Array.from({ length: 1_000 }, (_, index) =>
        issuer.sign({}, { kid: `random-${String(index)}` }),
      ),
    );
    for (let start = 0; start < tokens.length; start += 100) {
      const statuses = await Promise.all(
        tokens
          .slice(start, start + 100)
          .map(async (token) => (await new Client(gateway.url, token).chat()).status),
      );
      expect(new Set(statuses)).toEqual(new Set([401]));
    }
    expect(issuer.fetches - before).toBeLessThanOrEqual(2);
  });
});

describe('an identity provider that was never reached', () => {
  it('is distinguished from a bad token: 503 with Retry-After, and readiness says so', async () => {
    const issuer = await TestIssuer.start();
    const upstream = await startFakeUpstream();
    const token = await issuer.sign();
    await issuer.stop();
    const gateway = await startGateway({ issuer, upstreamUrl: upstream.url });
    const response = await new Client(gateway.url, token).chat();
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(response.json.error).toMatchObject({
      type: 'auth_provider_unavailable',
      reason: 'auth_provider_unavailable',
    });
    await eventually(async () => {
      const readiness = await new Client(gateway.url, null).get('/health/readiness');
      expect(readiness.status).toBe(503);
      expect(readiness.json.causes).toEqual(['auth_provider_unavailable']);
    });
    await gateway.stop();
    await upstream.close();
  });
});
