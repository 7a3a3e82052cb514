import { chatCompletions } from '../openai/chat-completions.endpoint.js';
import { scanJsonObject } from '#libs/common';
import { estimatePlainOutput, estimateStreamOutput } from '../../streaming/output-estimate.js';
import { estimateInputTokens } from './estimate.js';

const { responseFormat: format } = chatCompletions;

const input = (body: object): number =>
  chatCompletions.estimateInput(scanJsonObject(Buffer.from(JSON.stringify(body))));

describe('estimates', () => {
  it('count four bytes of UTF-8 as a token', () => {
    expect(input({ messages: [{ content: 'x'.repeat(400) }] })).toBe(100);
    expect(input({ messages: [{ content: 'é'.repeat(200) }] })).toBe(100);
  });

  it('count tools as input and parameters as none', () => {
    expect(input({ messages: [], tools: [{ name: 'abcd' }], user: 'x'.repeat(400) })).toBe(1);
  });

  it('count an attachment as a picture, not as text', () => {
    const url = `data:image/png;base64,${'A'.repeat(100_000)}`;
    const data = 'A'.repeat(100_000);
    expect(
      input({
        messages: [{ content: [{ image_url: { url } }, { input_audio: { data, format: '' } }] }],
      }),
    ).toBe(2 * 765);
  });

  it('count bytes where a nested value is not valid JSON', () => {
    const bytes = Buffer.from(`{"messages":[nope],"pad":"${'x'.repeat(20_000)}"}`);
    expect(chatCompletions.estimateInput(scanJsonObject(bytes))).toBe(Math.ceil(bytes.length / 4));
  });

  it('count a quarter of the bytes of a large body, and never parse it', () => {
    const messages = `[${'0,'.repeat(16_000_000)}0]`;
    const scan = scanJsonObject(Buffer.from(`{"messages":${messages},"tools":[1],"user":"u"}`));
    const value = jest.spyOn(scan, 'value');
    expect(chatCompletions.estimateInput(scan)).toBe(Math.ceil(messages.length / 4) + 1);
    expect(value).not.toHaveBeenCalled();
  });

  it('count the text of lists and objects at any place', () => {
    expect(input({ messages: ['abcd', { a: ['efgh', null, 1, true], b: 'ijkl' }] })).toBe(3);
  });

  it('count token ids where they are input, each as one token', () => {
    const scan = scanJsonObject(Buffer.from('{"input":[[1,2,3],[4]],"dimensions":5}'));
    expect(estimateInputTokens(scan, ['input'], true)).toBe(4);
    expect(estimateInputTokens(scan, ['input'])).toBe(0);
  });

  it('stand a body that is nested very deeply', () => {
    const depth = 5_000;
    const bytes = Buffer.from(`{"messages":${'['.repeat(depth)}"abcd"${']'.repeat(depth)}}`);
    expect(chatCompletions.estimateInput(scanJsonObject(bytes))).toBe(1);
  });

  it('count at least one token for each event of a stream that carried text', () => {
    expect(estimateStreamOutput({ textBytes: 10, textEvents: 9 })).toBe(9);
    expect(estimateStreamOutput({ textBytes: 100, textEvents: 9 })).toBe(25);
  });

  it('count the text of a plain answer, also of its first part', () => {
    const response = Buffer.from('{"choices":[{"message":{"content": "abcdefgh"}}]}');
    expect(estimatePlainOutput(response, format)).toBe(2);
    expect(estimatePlainOutput(response.subarray(0, response.indexOf('efgh')), format)).toBe(1);
  });
});
