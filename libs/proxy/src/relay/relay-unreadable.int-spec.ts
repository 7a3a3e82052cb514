import type { FakeBehaviour } from '#support/fake-behaviour';
import { post } from '#support/raw-client';
import { describeRelay, relayConfiguration } from '#support/relay-harness';

const PAGE = '<!doctype html><html><body>Welcome</body></html>';
const USAGE = '"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}';
const COMPLETION = `{"choices":[{"message":{"content":"hello"}}],${USAGE}}`;
const EVENTS = `data: {"choices":[],${USAGE}}\n\ndata: [DONE]\n\n`;

describeRelay(
  'a successful response',
  (url) => relayConfiguration(url, ''),
  (relay, upstream) => {
    const call = async (
      type: string,
      body: string,
      more: FakeBehaviour & { stream?: boolean } = {},
    ) => {
      const { stream = false, ...behaviour } = more;
      upstream().enqueue({ headers: { 'content-type': type }, body, ...behaviour });
      const messages = [{ role: 'user', content: 'hello' }];
      return post(relay().chatUrl, { model: 'test', stream, messages }).answer();
    };

    describe.each([false, true])('(stream: %j)', (stream) => {
      it.each([
        ['text/html', PAGE],
        ['text/html; charset=utf-8', COMPLETION],
        ['application/xml', '<Error/>'],
        ['image/png', 'PNG'],
        ['text/plain', 'OK'],
        ['application/octet-stream', PAGE],
        ['application/json', PAGE],
        ['application/json', '"hello"'],
        ['application/json', ''],
        ['text/plain', ''],
      ])('is 502 upstream_invalid as %s of %j', async (type, body) => {
        const answer = await call(type, body, { stream });
        expect(answer.status).toBe(502);
        expect(answer.text).not.toContain('Welcome');
        expect(JSON.parse(answer.text)).toMatchObject({ error: { reason: 'upstream_invalid' } });
        expect(relay().spend.outcomes).toMatchObject([{ succeeded: false, upstreamStatus: 200 }]);
      });

      it.each([PAGE, 'OK', '<Error/>'])('costs nothing as a page of %j', async (body) => {
        await call('text/html', body, { stream });
        expect(relay().spend.outcomes).toMatchObject([{ usageSource: 'none', costPico: 0n }]);
      });

      it.each([
        ['application/json', COMPLETION],
        ['Application/JSON; charset=utf-8', COMPLETION],
        ['application/vnd.acme.v1+json', COMPLETION],
        ['text/json', ` \n${COMPLETION}`],
        ['text/plain; charset=utf-8', COMPLETION],
        ['application/octet-stream', COMPLETION],
        ['text/plain', EVENTS],
        ['application/json', EVENTS],
      ])('is passed on and booked as %s of %j', async (type, body) => {
        expect((await call(type, body, { stream })).status).toBe(200);
        expect(relay().spend.outcomes).toMatchObject([
          { usageSource: 'provider', succeeded: true },
        ]);
      });
    });

    it('is checked, and a page with status 404 or 503 is passed on', async () => {
      for (const status of [404, 503]) {
        const answer = await call('text/html', PAGE, { status });
        expect(answer).toMatchObject({ status, text: PAGE });
      }
    });
  },
);
