import { createAnthropic } from '@ai-sdk/anthropic';
import type { LanguageModelV4 } from '@ai-sdk/provider';
import { readUsage } from '#libs/spend';
import {
  ANTHROPIC_EVENTS,
  ANTHROPIC_MESSAGE,
  ANTHROPIC_USAGE,
  anthropicEvent,
} from '#support/anthropic-messages';
import { completionEvents, OWN_FACTS } from '#support/completion-events';
import { chatCompletions } from '../../endpoints/openai/chat-completions.endpoint.js';
import { UsageTap } from '../../streaming/usage-tap.js';
import { CompletionEncoder } from './completion-encoder.js';

const CALL = {
  prompt: [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'x' }] }],
};

/** A model of Anthropic's package whose upstream responds with this. */
function modelOf(body: string, type: string): LanguageModelV4 {
  const fetch = () => Promise.resolve(new Response(body, { headers: { 'content-type': type } }));
  return createAnthropic({ apiKey: 'none', fetch })('claude-sonnet-5');
}

async function streamed(events: readonly string[]): Promise<string> {
  const { stream } = await modelOf(events.join(''), 'text/event-stream').doStream(CALL);
  const encoder = new CompletionEncoder(OWN_FACTS);
  let text = '';
  for await (const part of stream) text += encoder.part(part);
  return text + encoder.end();
}

function tapOf(stream: string): UsageTap {
  const tap = new UsageTap(chatCompletions.responseFormat, false);
  tap.push(Buffer.from(stream));
  tap.finish();
  return tap;
}

/** A stream of these blocks of content, each with its deltas. */
function blockEvents(blocks: readonly (readonly [object, ...object[]])[]): string[] {
  const [start = '', ...rest] = ANTHROPIC_EVENTS;
  const event = (data: object) => anthropicEvent(data as { readonly type: string });
  return [
    start,
    ...blocks.flatMap(([opening, ...deltas], index) => [
      event({ type: 'content_block_start', index, content_block: opening }),
      ...deltas.map((delta) => event({ type: 'content_block_delta', index, delta })),
      event({ type: 'content_block_stop', index }),
    ]),
    ...rest.slice(-2),
  ];
}

describe("a completion of Anthropic's package", () => {
  it('has the usage that Anthropic bills, whole and streamed', async () => {
    const own = readUsage(ANTHROPIC_USAGE, 'anthropic');
    const model = modelOf(JSON.stringify(ANTHROPIC_MESSAGE), 'application/json');
    const whole = new CompletionEncoder(OWN_FACTS).whole(await model.doGenerate(CALL));
    const report = chatCompletions.responseFormat.readBody(Buffer.from(whole));
    expect(readUsage(report.usage, 'anthropic')).toEqual(own);
    expect(report.serviceTier).toBe('standard');
    const { isCut, reading } = tapOf(await streamed(ANTHROPIC_EVENTS));
    expect(readUsage(reading.usage, 'anthropic')).toEqual(own);
    expect([isCut, reading.isFinal, reading.serviceTier]).toEqual([false, true, 'standard']);
  });

  it('has the thoughts, the text and the calls of a stream', async () => {
    const stream = await streamed(
      blockEvents([
        [
          { type: 'thinking', thinking: '', signature: '' },
          { type: 'thinking_delta', thinking: 'Two ' },
          { type: 'thinking_delta', thinking: 'towns' },
          { type: 'signature_delta', signature: 'sig' },
        ],
        [{ type: 'redacted_thinking', data: 'dark' }],
        [
          { type: 'text', text: '' },
          { type: 'text_delta', text: 'I look.' },
        ],
        [
          { type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} },
          { type: 'input_json_delta', partial_json: '{"city":' },
          { type: 'input_json_delta', partial_json: '"Ulm"}' },
        ],
        [{ type: 'tool_use', id: 'toolu_2', name: 'time', input: {} }],
      ]),
    );
    const deltas = completionEvents(stream).flatMap((event) =>
      typeof event === 'object' && event !== null && 'choices' in event
        ? (event.choices as { delta: object }[]).map(({ delta }) => delta)
        : [],
    );
    const begun = (index: number, id: string, name: string) => ({
      tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }],
    });
    const more = (index: number, args: string) => ({
      tool_calls: [{ index, function: { arguments: args } }],
    });
    expect(deltas).toEqual([
      { role: 'assistant' },
      { reasoning_content: 'Two ' },
      { reasoning_content: 'towns' },
      { thinking_blocks: [{ type: 'thinking', thinking: 'Two towns', signature: 'sig' }] },
      { thinking_blocks: [{ type: 'redacted_thinking', data: 'dark' }] },
      { content: 'I look.' },
      begun(0, 'toolu_1', 'weather'),
      more(0, '{"city":'),
      more(0, '"Ulm"}'),
      begun(1, 'toolu_2', 'time'),
      more(1, '{}'),
      {},
    ]);
  });

  it('is taken for broken where its connection ends early', async () => {
    const stream = await streamed(ANTHROPIC_EVENTS.slice(0, 4));
    expect(stream).not.toContain('[DONE]');
    expect(tapOf(stream)).toMatchObject({ isCut: true });
  });
});
