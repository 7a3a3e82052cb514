import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { describeVectors, VECTORS } from '#support/vectors';

jest.setTimeout(120_000);

interface NaughtyStrings {
  readonly strings: readonly string[];
}

interface SpendRow {
  readonly user: string;
  readonly team_id: string;
  readonly end_user: string;
}

describe('strings that others published because they break programs', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      jwtauth: `
    user_id_jwt_field: sub
    team_id_jwt_field: team
    end_user_id_jwt_field: end_user
    user_id_upsert: true
    team_id_upsert: true`,
    });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  describeVectors<NaughtyStrings>('naughty/blns_selection.json', 'naughty strings', (read) => {
    it('are refused as ids of a token, or kept byte for byte', async () => {
      const admin = Client.admin(gateway.url);
      const kept: string[] = [];
      for (const text of read().strings) {
        const token = await issuer.sign({ sub: text, team: text, end_user: text });
        const { status, headers } = await new Client(gateway.url, token).chat();
        expect([text, status < 500]).toEqual([text, true]);
        if (status !== 200) continue;
        const id = headers.get('x-request-id') ?? '';
        const rows = await admin.get<SpendRow[]>(`/spend/logs?request_id=${id}`);
        expect(rows.json).toMatchObject([{ user: text, team_id: text, end_user: text }]);
        kept.push(text);
      }
      expect(kept.length).toBeGreaterThan(50);
      const info = await admin.get<{ teams: unknown[] }>(
        `/user/info?user_id=${encodeURIComponent(kept[0] ?? '')}`,
      );
      expect(info.status).toBe(200);
    });

    it('are refused, without a defect, as models, teams and members of a body', async () => {
      const token = await issuer.sign({ sub: 'alice', team: 'research' });
      const client = new Client(gateway.url, token);
      const before = upstream.records.length;
      for (const text of read().strings) {
        const model = await client.chat('hello', { model: text });
        expect([text, [400, 403].includes(model.status)]).toEqual([text, true]);
        const path = `/openai/deployments/${encodeURIComponent(text)}/chat/completions`;
        const named = await client.post(path, { messages: [] });
        expect([text, named.status >= 400 && named.status < 500]).toEqual([text, true]);
      }
      expect(upstream.records).toHaveLength(before);
    });

    it('are refused as credentials and harmless in headers', async () => {
      for (const text of read().strings) {
        if (!/^[\x20-\x7e\x80-\xff]*$/.test(text)) continue;
        const response = await new Client(gateway.url, null).send('GET', '/v1/models', {
          headers: { authorization: `Bearer ${text}`, 'x-litellm-team-id': text },
        });
        expect([text, [400, 401, 431].includes(response.status)]).toEqual([text, true]);
      }
    });
  });

  const redirects = join(VECTORS, 'redirects/openredirects.txt');
  (existsSync(redirects) ? describe : describe.skip)('open-redirect payloads', () => {
    it('never become a Location, as paths or as parameters', async () => {
      const lines = readFileSync(redirects, 'utf8').split('\n').filter(Boolean);
      expect(lines.length).toBeGreaterThan(500);
      const client = new Client(gateway.url, null);
      for (const line of lines) {
        const encoded = encodeURIComponent(line);
        for (const path of [`/${encoded}`, `/v1/models?redirect_uri=${encoded}`]) {
          const response = await client.send('GET', path);
          expect([line, response.headers.get('location'), response.status < 500]).toEqual([
            line,
            null,
            true,
          ]);
        }
      }
    });
  });

  const cookbook = join(VECTORS, 'cookbook');
  (existsSync(cookbook) ? describe : describe.skip)('tokens of RFC 7520, 7797 and 8037', () => {
    it('are 401 in every serialisation, and none reaches the upstream', async () => {
      const before = upstream.records.length;
      const texts = readdirSync(cookbook, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.json'))
        .flatMap((file) => tokensIn(JSON.parse(readFileSync(join(cookbook, file), 'utf8'))));
      expect(texts.length).toBeGreaterThan(40);
      for (const text of texts) {
        const { status } = await new Client(gateway.url, text).chat();
        expect([text.slice(0, 40), [401, 431].includes(status)]).toEqual([text.slice(0, 40), true]);
      }
      expect(upstream.records).toHaveLength(before);
    });
  });

  describeVectors<readonly { readonly jwt?: string }[]>(
    'rfc7515/examples.json',
    'examples of RFC 7515 and 7519',
    (read) => {
      it('are 401', async () => {
        const tokens = tokensIn(read());
        expect(tokens.length).toBeGreaterThan(2);
        for (const token of tokens) {
          expect((await new Client(gateway.url, token).chat()).status).toBe(401);
        }
      });
    },
  );
});

/** Every compact token of a document, and every JSON serialisation on one line. */
function tokensIn(document: unknown): string[] {
  if (typeof document === 'string') {
    return /^[\w-]*(?:\.[\w-]*){2,4}$/.test(document) ? [document] : [];
  }
  if (typeof document !== 'object' || document === null) return [];
  const inside = Object.values(document).flatMap(tokensIn);
  const isSerialised =
    'signature' in document || 'signatures' in document || 'ciphertext' in document;
  return isSerialised ? [...inside, JSON.stringify(document)] : inside;
}
