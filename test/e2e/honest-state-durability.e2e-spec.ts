import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

jest.setTimeout(120_000);

const JWTAUTH = `
    user_id_jwt_field: sub
    user_id_upsert: true`;

describe.each([
  ['disk', '  spend: { durability: disk }\n'],
  ['process', ''],
])('with gatehouse.spend.durability %s', (durability, lines) => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let caller: Client;
  let stuck: PromiseWithResolvers<undefined> | null = null;
  let begun = Promise.withResolvers<undefined>();

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      jwtauth: JWTAUTH,
      gatehouse: lines,
    });
    const token = await issuer.sign({ sub: 'ann', email: 'ann@acme.example' });
    caller = new Client(gateway.url, token);
    // The first call makes the directory, the segment and the user.
    expect((await chat()).status).toBe(200);
    const { fdatasync } = fs;
    jest.spyOn(fs, 'fdatasync').mockImplementation((descriptor, callback) => {
      begun.resolve(undefined);
      void Promise.resolve(stuck?.promise).then(() => {
        fdatasync(descriptor, callback);
      });
    });
    syncBuiltinESMExports();
  });
  afterAll(async () => {
    stuck?.resolve(undefined);
    jest.restoreAllMocks();
    syncBuiltinESMExports();
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const chat = (stream = false): Promise<{ status: number }> =>
    caller.post('/v1/chat/completions', {
      model: 'test-model',
      stream,
      messages: [{ role: 'user', content: 'hello' }],
    });
  const hold = (): PromiseWithResolvers<undefined> => {
    begun = Promise.withResolvers();
    stuck = Promise.withResolvers();
    return stuck;
  };

  if (durability === 'disk') {
    it.each([[false], [true]])(
      'a call waits for the disk before the upstream and before its last byte (stream: %p)',
      async (stream) => {
        const before = upstream.records.length;
        const intent = hold();
        let isAnswered = false;
        const call = chat(stream).finally(() => (isAnswered = true));
        await begun.promise;
        expect(upstream.records).toHaveLength(before);
        const settlement = hold();
        intent.resolve(undefined);
        await begun.promise;
        expect(upstream.records).toHaveLength(before + 1);
        expect(isAnswered).toBe(false);
        settlement.resolve(undefined);
        expect((await call).status).toBe(200);
      },
    );
  } else {
    it.each([[false], [true]])('a call does not wait for the disk (stream: %p)', async (stream) => {
      const held = hold();
      expect((await chat(stream)).status).toBe(200);
      await begun.promise;
      expect((await chat(stream)).status).toBe(200);
      held.resolve(undefined);
    });
  }
});
