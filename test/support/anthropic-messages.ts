const ID = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-real' };

/** 25 plain tokens, 30 written to the cache (10 of them for an hour) and 40 read from it; 15 of output; 2 searches. */
export const ANTHROPIC_USAGE = {
  input_tokens: 25,
  cache_creation_input_tokens: 30,
  cache_read_input_tokens: 40,
  cache_creation: { ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 10 },
  output_tokens: 15,
  server_tool_use: { web_search_requests: 2 },
  service_tier: 'standard',
};

/** A buffered response. */
export const ANTHROPIC_MESSAGE = {
  ...ID,
  content: [{ type: 'text', text: 'Hello there, friend.' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: ANTHROPIC_USAGE,
};

/** An event of a stream as Anthropic writes it. */
export function anthropicEvent(data: { readonly type: string }): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

const { output_tokens: outputTokens, server_tool_use: searches, ...atStart } = ANTHROPIC_USAGE;

const start = anthropicEvent({
  type: 'message_start',
  message: {
    ...ID,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...atStart, output_tokens: 1 },
  },
} as { type: string });

const block = (index: number, opening: object, deltas: readonly object[]): string[] => [
  anthropicEvent({ type: 'content_block_start', index, content_block: opening } as never),
  anthropicEvent({ type: 'ping' }),
  ...deltas.map((delta) =>
    anthropicEvent({ type: 'content_block_delta', index, delta } as { type: string }),
  ),
  anthropicEvent({ type: 'content_block_stop', index } as { type: string }),
];

const ending = (reason: string): string[] => [
  anthropicEvent({
    type: 'message_delta',
    delta: { stop_reason: reason, stop_sequence: null },
    usage: { output_tokens: outputTokens, server_tool_use: searches },
  } as { type: string }),
  anthropicEvent({ type: 'message_stop' }),
];

/** A stream of text with the usage of {@link ANTHROPIC_USAGE}. */
export const ANTHROPIC_EVENTS: readonly string[] = [
  start,
  ...block(0, { type: 'text', text: '' }, [
    { type: 'text_delta', text: 'Hello there' },
    { type: 'text_delta', text: ', "friend".' },
  ]),
  ...ending('end_turn'),
];

/** A stream that calls a tool. */
export const TOOL_EVENTS: readonly string[] = [
  start,
  ...block(0, { type: 'tool_use', id: 'toolu_1', name: 'Bash', input: {} }, [
    { type: 'input_json_delta', partial_json: '{"command":' },
    { type: 'input_json_delta', partial_json: '"ls"}' },
  ]),
  ...ending('tool_use'),
];
