import { CompactSign, importJWK, exportJWK, generateKeyPair } from 'jose';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client, type Answer } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { describeVectors } from '#support/vectors';

jest.setTimeout(120_000);

interface SignatureVectors {
  testGroups: {
    public?: object;
    private: object;
    tests: { tcId: number; jws: unknown; result: string }[];
  }[];
}

interface ParsingVectors {
  parsing: Record<string, string>;
}

const inBatches = async <T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> => {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += 25) {
    results.push(...(await Promise.all(items.slice(start, start + 25).map(work))));
  }
  return results;
};

describe('hostile input', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let token: string;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({ issuer, upstreamUrl: upstream.url });
    await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
    token = await issuer.sign({ email: 'alice@acme.example', team: 'research' });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const expectRefused = (answer: Answer, statuses: readonly number[]): void => {
    expect(statuses).toContain(answer.status);
    expect(Buffer.byteLength(answer.text)).toBeLessThan(1024);
  };

  describeVectors<SignatureVectors>(
    'wycheproof/json_web_signature_test.json',
    'published signature vectors',
    (read) => {
      it('are all 401, because their payloads are not claims, and none reaches the upstream', async () => {
        const before = upstream.records.length;
        const tests = read().testGroups.flatMap((group) => group.tests);
        expect(tests.length).toBeGreaterThan(390);
        const texts = tests.map(({ jws }) => (typeof jws === 'string' ? jws : JSON.stringify(jws)));
        const sendable = texts.filter((text) => /^[\x20-\x7e]*$/.test(text));
        const responses = await inBatches(sendable, (text) => new Client(gateway.url, text).chat());
        for (const answer of responses) expectRefused(answer, [401, 431]);
        expect(upstream.records).toHaveLength(before);
      });

      it('are also 401 at a gateway that trusts the very keys of each vector', async () => {
        const keySet: object[] = [];
        for (const group of read().testGroups) keySet.push(group.public ?? group.private);
        const server = await serve(JSON.stringify({ keys: keySet }));
        const { port } = server.address() as AddressInfo;
        const trusting = await startGateway({
          issuer,
          upstreamUrl: upstream.url,
          env: { JWT_PUBLIC_KEY_URL: `http://127.0.0.1:${String(port)}/jwks` },
        });
        const texts = read().testGroups.flatMap((group) =>
          group.tests.map(({ jws }) => String(jws)),
        );
        const responses = await inBatches(
          texts.filter((text) => /^[\x21-\x7e]+$/.test(text)),
          (text) => new Client(trusting.url, text).chat(),
        );
        for (const answer of responses) expectRefused(answer, [401, 431]);
        await trusting.stop();
        server.close();
      });
    },
  );

  describeVectors<ParsingVectors>(
    'jsontestsuite/jsontestsuite.json',
    'published JSON files',
    (read) => {
      it('are refused with 400 as bodies, for none is a chat request, and none reaches the upstream', async () => {
        const before = upstream.records.length;
        const client = new Client(gateway.url, token);
        const bodies = Object.values(read().parsing).map((text) => Buffer.from(text, 'base64'));
        bodies.push(Buffer.from('['.repeat(100_000)), Buffer.from(`${'[{"":'.repeat(50_000)}\n`));
        const responses = await inBatches(bodies, (body) =>
          client.post('/v1/chat/completions', body),
        );
        for (const answer of responses) expectRefused(answer, [400]);
        expect(upstream.records).toHaveLength(before);
      });

      it('are refused with 401 as payloads of correctly signed tokens', async () => {
        const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
        const server = await serve(
          JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }] }),
        );
        const { port } = server.address() as AddressInfo;
        const trusting = await startGateway({
          issuer,
          upstreamUrl: upstream.url,
          env: { JWT_PUBLIC_KEY_URL: `http://127.0.0.1:${String(port)}/jwks` },
        });
        const key = await importJWK(await exportJWK(privateKey), 'ES256');
        const responses = await inBatches(Object.values(read().parsing), async (text) => {
          const payload = Buffer.from(text, 'base64');
          const jws = await new CompactSign(payload)
            .setProtectedHeader({ alg: 'ES256', kid: 'k' })
            .sign(key);
          return new Client(trusting.url, jws).chat();
        });
        for (const answer of responses) expectRefused(answer, [401, 431]);
        await trusting.stop();
        server.close();
      });
    },
  );

  it.each([
    ['an empty bearer', ''],
    ['a bare word', 'nonsense'],
    ['five parts', 'a.b.c.d.e'],
    ['a token above the size limit', `e30.${'a'.repeat(20_000)}.x`],
  ])('refuses %s', async (_name, credential) => {
    expectRefused(await new Client(gateway.url, credential).chat(), [401, 431]);
  });

  it('refuses a body above the limit with 413', async () => {
    const small = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      gatehouse: '  server: { body_limit_bytes: 1024 }\n',
    });
    await Client.admin(small.url).post('/team/new', { team_id: 'research' });
    const answer = await new Client(small.url, token).chat('x'.repeat(2_000));
    expectRefused(answer, [413]);
    await small.stop();
  });
});

function serve(body: string): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(body);
    });
    server.listen(0, '127.0.0.1', () => {
      resolve(server);
    });
  });
}
