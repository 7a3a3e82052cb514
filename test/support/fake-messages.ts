import { anthropicEvent } from './anthropic-messages.js';
import type { FakeTokens } from './fake-completion.js';

/** A call of Anthropic's Messages API. */
interface MessagesCall extends FakeTokens {
  readonly id: string;
  readonly model: string;
}

const TEXT = 'w0 w1 w2';

/** A buffered response of Anthropic's Messages API with the tokens of a call. */
export function messageOf(call: MessagesCall, text = TEXT): object {
  return {
    ...headOf(call),
    content: [{ type: 'text', text }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { ...inputUsage(call), output_tokens: call.completionTokens },
  };
}

/** The same response as a stream. */
export function messageEvents(call: MessagesCall, text = TEXT): string {
  const start = { ...headOf(call), content: [], stop_reason: null, stop_sequence: null };
  const events: readonly ({ readonly type: string } & Record<string, unknown>)[] = [
    {
      type: 'message_start',
      message: { ...start, usage: { ...inputUsage(call), output_tokens: 1 } },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } },
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: call.completionTokens },
    },
    { type: 'message_stop' },
  ];
  return events.map(anthropicEvent).join('');
}

function headOf({ id, model }: MessagesCall): object {
  return { id: `msg_${id}`, type: 'message', role: 'assistant', model };
}

function inputUsage({ promptTokens, cachedTokens }: MessagesCall): object {
  return {
    input_tokens: promptTokens - cachedTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cachedTokens,
  };
}
