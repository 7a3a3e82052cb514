import { request } from 'undici';
import { startFakeProxy, type FakeProxy } from '#support/fake-proxy';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import type { NetworkSettings } from '#libs/config';
import { OutboundDispatcher } from './outbound-dispatcher.js';

describe('OutboundDispatcher', () => {
  let upstream: FakeUpstream;
  let proxy: FakeProxy;
  let dispatcher: OutboundDispatcher;

  beforeAll(async () => {
    upstream = await startFakeUpstream();
    proxy = await startFakeProxy({ 'llm.example': upstream.port });
  });

  afterAll(async () => {
    await proxy.stop();
    await upstream.close();
  });

  afterEach(async () => {
    proxy.refusal = null;
    await dispatcher.destroy();
  });

  const open = (network: Partial<NetworkSettings>): void => {
    const none = { httpProxy: null, httpsProxy: null, noProxy: [], certificates: null };
    dispatcher = new OutboundDispatcher({ ...none, ...network }, { connectTimeoutMs: 2_000 });
  };
  const ask = async (url: string) => {
    const response = await request(url, {
      dispatcher,
      method: 'POST',
      body: '{"model":"m","messages":[{"role":"user","content":"hello"}]}',
    });
    return { status: response.statusCode, text: await response.body.text() };
  };

  it('forwards to an http address, with user and password of the proxy for the proxy alone', async () => {
    open({ httpProxy: proxy.url.replace('http://', 'http://me:s%20ecret@') });
    const answer = await ask('http://llm.example/v1/chat/completions?x=1');
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('hello');
    expect(proxy.requests.at(-1)).toEqual({
      method: 'POST',
      target: 'http://llm.example/v1/chat/completions?x=1',
      authorization: `Basic ${Buffer.from('me:s ecret').toString('base64')}`,
    });
    expect(upstream.records.at(-1)?.headers['proxy-authorization']).toBeUndefined();
    expect(upstream.records.at(-1)?.headers.host).toBe('llm.example');
  });

  it('opens a tunnel to an https address, and verifies the certificate in it', async () => {
    open({ httpsProxy: proxy.url });
    // The upstream speaks no TLS, so that the handshake in the tunnel fails.
    await expect(ask('https://llm.example/v1/chat/completions')).rejects.toThrow();
    expect(proxy.requests.at(-1)).toMatchObject({ method: 'CONNECT', target: 'llm.example:443' });
  });

  it('connects directly where NO_PROXY, loopback or the scheme say so', async () => {
    const before = proxy.requests.length;
    open({ httpProxy: proxy.url, noProxy: ['direct.invalid'] });
    await expect(ask('http://direct.invalid/')).rejects.toThrow(/ENOTFOUND|EAI_AGAIN/);
    await expect(ask('https://llm.invalid/')).rejects.toThrow(/ENOTFOUND|EAI_AGAIN/);
    expect((await ask(`${upstream.url}/v1/chat/completions`)).status).toBe(200);
    expect(proxy.requests).toHaveLength(before);
  });

  it.each([407, 403, 502])('fails where the proxy refuses the tunnel with %i', async (status) => {
    open({ httpsProxy: proxy.url });
    proxy.refusal = status;
    await expect(ask('https://llm.example/')).rejects.toThrow();
  });

  it('fails where the proxy cannot be reached, and never goes around it', async () => {
    const before = upstream.records.length;
    open({ httpProxy: 'http://127.0.0.1:9', httpsProxy: 'http://127.0.0.1:9' });
    await expect(ask('http://llm.example/')).rejects.toThrow();
    await expect(ask('https://llm.example/')).rejects.toThrow();
    expect(upstream.records).toHaveLength(before);
  });

  it('closes every connection', async () => {
    open({ httpProxy: proxy.url });
    await ask('http://llm.example/v1/chat/completions');
    await dispatcher.close();
    await expect(ask('http://llm.example/')).rejects.toThrow(/closed|destroyed/);
  });
});
