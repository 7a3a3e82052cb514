import { scanJsonObject } from '#libs/common';
import { estimateInputTokens, estimatePlainOutput, estimateStreamOutput } from './estimate.js';

const input = (body: object): number =>
  estimateInputTokens(scanJsonObject(Buffer.from(JSON.stringify(body))));

describe('estimates', () => {
  it('count four bytes of UTF-8 as a token', () => {
    expect(input({ messages: [{ content: 'x'.repeat(400) }] })).toBe(100);
    expect(input({ messages: [{ content: 'é'.repeat(200) }] })).toBe(100);
  });

  it('count tools as input and parameters as none', () => {
    expect(input({ messages: [], tools: [{ name: 'abcd' }], user: 'x'.repeat(400) })).toBe(1);
  });

  it('count an attachment as a picture, not as text', () => {
    const url = `data:image/png;base64,${'A'.repeat(1_000_000)}`;
    const data = 'A'.repeat(1_000_000);
    expect(
      input({
        messages: [{ content: [{ image_url: { url } }, { input_audio: { data, format: '' } }] }],
      }),
    ).toBe(2 * 765);
  });

  it('count bytes where a nested value is no JSON', () => {
    const bytes = Buffer.from(`{"messages":[nope],"pad":"${'x'.repeat(20_000)}"}`);
    expect(estimateInputTokens(scanJsonObject(bytes))).toBe(Math.ceil(bytes.length / 4));
  });

  it('stand a body that is nested very deeply', () => {
    const depth = 5_000;
    const bytes = Buffer.from(`{"messages":${'['.repeat(depth)}"abcd"${']'.repeat(depth)}}`);
    expect(estimateInputTokens(scanJsonObject(bytes))).toBe(1);
  });

  it('count at least one token for each event of a stream that carried text', () => {
    expect(estimateStreamOutput({ usage: null, textBytes: 10, textEvents: 9 })).toBe(9);
    expect(estimateStreamOutput({ usage: null, textBytes: 100, textEvents: 9 })).toBe(25);
  });

  it('count the text of a plain answer, also of its first part', () => {
    const answer = Buffer.from('{"choices":[{"message":{"content": "abcdefgh"}}]}');
    expect(estimatePlainOutput(answer)).toBe(2);
    expect(estimatePlainOutput(answer.subarray(0, answer.indexOf('efgh')))).toBe(1);
  });
});
