import { inspect } from 'node:util';
import { refusalOf, warningsOf } from '#support/config-outcome';
import { settingsFromYaml } from '../load-settings.js';

const TARGET = 'target: https://upstream.example';
const endpoints = (...entries: readonly string[]): string =>
  `general_settings: { pass_through_endpoints: [${entries.map((one) => `{ ${one} }`).join(', ')}] }`;

describe('pass_through_endpoints', () => {
  it('need a credential, serve every method and nothing below, and have no price unless they say so', () => {
    const { passThrough } = settingsFromYaml(endpoints(`path: /bria/, ${TARGET}/`));
    expect(passThrough.endpoints).toEqual([
      expect.objectContaining({
        path: '/bria',
        address: 'https://upstream.example',
        includesSubpath: false,
        methods: null,
        headers: {},
        query: {},
        forwardsHeaders: false,
        needsCredential: true,
        costPerRequest: null,
        timeoutSeconds: 600,
      }),
    ]);
  });

  it('say everything else, and the parameters of the target come before the defaults', () => {
    const text = endpoints(
      `path: /a, target: "https://upstream.example/v1?x=1&y=2", methods: [GET, post], include_subpath: true, forward_headers: true`,
      `path: /b, ${TARGET}, default_query_params: { x: 3, z: "" }, auth: false, cost_per_request: 0.1, timeout: 5`,
      `path: /c, target: "https://upstream.example?x=1", default_query_params: { x: 3 }`,
    );
    expect(settingsFromYaml(text).passThrough.endpoints).toMatchObject([
      {
        address: 'https://upstream.example/v1',
        query: { x: '1', y: '2' },
        methods: ['GET', 'POST'],
        includesSubpath: true,
        forwardsHeaders: true,
      },
      { query: { x: '3', z: '' }, needsCredential: false, timeoutSeconds: 5 },
      { query: { x: '1' } },
    ]);
    expect(warningsOf(text).join()).toContain('pass_through_endpoints[1].auth is false');
  });

  it('take their seconds from pass_through_request_timeout, as the prefixes of providers do', () => {
    const text = `general_settings: { pass_through_request_timeout: 7, pass_through_endpoints: [{ path: /a, ${TARGET} }] }`;
    const { passThrough } = settingsFromYaml(text, { OPENAI_API_KEY: 'sk-x' });
    expect(passThrough.endpoints[0]?.timeoutSeconds).toBe(7);
    expect(passThrough.prefixes.map(({ timeoutSeconds }) => timeoutSeconds)).toEqual([7, 7]);
  });

  it('have headers with variables also within a value, and the header of Langfuse of its two keys', () => {
    const text = endpoints(
      `path: /a, ${TARGET}, headers: { Authorization: "Bearer os.environ/TOKEN", X-Key: os.environ/TOKEN }`,
      `path: /b, ${TARGET}, headers: { LANGFUSE_PUBLIC_KEY: os.environ/TOKEN, LANGFUSE_SECRET_KEY: "b" }`,
    );
    const { passThrough } = settingsFromYaml(text, { TOKEN: 's3cret' });
    expect(passThrough.endpoints.map(({ headers }) => headers)).toEqual([
      { authorization: 'Bearer s3cret', 'x-key': 's3cret' },
      { authorization: `Basic ${Buffer.from('s3cret:b').toString('base64')}` },
    ]);
    expect(`${inspect(passThrough, { depth: 9 })}${JSON.stringify(passThrough)}`).not.toContain(
      's3cret',
    );
  });

  it.each([
    [TARGET, 'pass_through_endpoints[0].path is missing'],
    ['path: /a', 'pass_through_endpoints[0].target is missing'],
    [`path: /a, target: "upstream.example"`, 'must be an http or https address'],
    [`path: /a, ${TARGET}, cost_per_reqest: 1`, 'cost_per_reqest'],
    [`path: /a, ${TARGET}, guardrails: [pii]`, 'guardrails narrows access'],
    [`path: /a, ${TARGET}, methods: [TRACE]`, 'methods[0] is not a method that is served'],
    [`path: /a, ${TARGET}, headers: { Host: x }`, 'headers.Host is a header that Gatehouse sets'],
    [`path: /a, ${TARGET}, headers: { A: "Bearer os.environ/NONE" }`, 'NONE, which is not set'],
    [`path: /a, ${TARGET}, cost_per_request: -1`, 'must be a decimal number of US dollars'],
    [`path: a, ${TARGET}`, 'path is not a path of the gateway'],
    [`path: /, ${TARGET}`, 'path is not a path of the gateway'],
    [`path: "/a/*", ${TARGET}`, 'path is not a path of the gateway'],
    [`path: "/{a}", ${TARGET}`, 'path is not a path of the gateway'],
    [`path: "/a/../b", ${TARGET}`, 'path is not a path of the gateway'],
    [`path: /v1/embeddings, ${TARGET}`, 'is another spelling of a route'],
  ])('refuse the start: %s', (entry, message) => {
    expect(refusalOf(endpoints(entry))).toContain(message);
  });

  it('share a path where they share no method', () => {
    const one = `path: /a, ${TARGET}, methods: [GET]`;
    expect(() =>
      settingsFromYaml(endpoints(one, `path: /a, ${TARGET}, methods: [PUT]`)),
    ).not.toThrow();
    for (const other of ['', ', methods: [PUT, GET]', ', methods: []'])
      expect(refusalOf(endpoints(one, `path: /a/, ${TARGET}${other}`))).toContain(
        '[1].path is the path of another endpoint with the same method',
      );
  });
});
