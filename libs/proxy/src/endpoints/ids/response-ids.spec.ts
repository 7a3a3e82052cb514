import { scanJsonObject } from '#libs/common';
import { RESPONSE_OBJECTS } from './response-ids.js';

const namesIn = (input: unknown): string[] => {
  const text = typeof input === 'string' ? input : JSON.stringify({ input });
  return RESPONSE_OBJECTS.named(scanJsonObject(Buffer.from(text))).map(
    ({ kind, id, param }) => `${kind} ${id} ${String(param)}`,
  );
};
const { ofBody, ofEvent } = RESPONSE_OBJECTS.made;
const ids = (made: readonly { kind: string; id: string }[]): string[] =>
  made.map(({ kind, id }) => `${kind} ${id}`);
const event = (type: string, members: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`;

/** What Codex and other clients send back whole where the upstream keeps nothing. */
const WHOLE = [
  { type: 'message', role: 'user', content: 'x' },
  { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'x' }] },
  { role: 'user', content: 'x' },
  { type: 'reasoning', summary: [], encrypted_content: 'gAAA' },
  { type: 'reasoning', content: [{ type: 'reasoning_text', text: 'x' }] },
  { type: 'function_call', call_id: 'c', name: 'f', arguments: '' },
  { type: 'function_call_output', call_id: 'c', output: '' },
  { type: 'custom_tool_call', call_id: 'c', name: 'f', input: '' },
  { type: 'custom_tool_call_output', call_id: 'c', output: [] },
  { type: 'local_shell_call', action: { command: ['ls'] } },
  { type: 'shell_call', action: { commands: ['ls'] } },
  { type: 'apply_patch_call', operation: { type: 'delete_file', path: 'x' } },
  { type: 'apply_patch_call_output', call_id: 'c', status: 'completed' },
  { type: 'computer_call', actions: [{ type: 'wait' }] },
  { type: 'tool_search_output', tools: [] },
  { type: 'compaction', encrypted_content: 'gAAA' },
  { type: 'mcp_list_tools', tools: [{ name: 'x' }] },
  { type: 'mcp_approval_request', name: 'f', arguments: '{}' },
  { type: 'mcp_call', name: 'f', arguments: '{}', output: 'x' },
  { type: 'image_generation_call', result: 'AAAA' },
  { type: 'file_search_call', queries: [], results: [{ text: 'x' }] },
  { type: 'code_interpreter_call', code: '1', outputs: [{ type: 'logs', logs: '1' }] },
];
const ALONE = [
  { type: 'item_reference' },
  {},
  { type: null },
  { type: 'image_generation_call' },
  { type: 'image_generation_call', result: '' },
  { type: 'web_search_call', status: 'completed', action: { type: 'search', query: 'x' } },
  { type: 'file_search_call', queries: ['x'], results: null },
  { type: 'code_interpreter_call', code: 'print(1)', outputs: null },
  { type: 'mcp_call', name: 'f', arguments: '{}', output: null, error: null },
  { type: 'a_call_that_comes_later' },
  { type: 'video_call', action: { type: 'x' } },
  { type: 'reasoning', summary: [{ type: 'summary_text', text: 'x' }] },
  { type: 'reasoning', encrypted_content: '', content: [] },
  { type: 'message', role: 'assistant', content: [] },
  { type: 'message', role: 'assistant' },
  { role: 'assistant', content: null },
  { type: 'compaction' },
  { type: 'function_call', call_id: 'c' },
];

describe('items of a response', () => {
  it.each(ALONE)('are named by their id alone: %j', (item) => {
    expect(namesIn([{ ...item, id: 'i1' }])).toEqual(['item i1 input']);
    const { type } = item;
    const isDone = ofEvent(
      event('response.output_item.done', { item: { ...item, id: 'i1' } }),
      false,
    );
    if (typeof type === 'string' && type !== 'item_reference')
      expect(ids(isDone)).toEqual(['unkept_item i1']);
  });

  it.each(WHOLE)('pass with their content, whose ever the id is: %j', (item) => {
    expect(namesIn([{ ...item, id: 'i1' }])).toEqual([]);
  });

  it('are named by a reference of any size, and by names with escapes', () => {
    const long = { role: 'user', content: 'x'.repeat(1_100_000) };
    expect(namesIn([long, { type: 'reasoning', id: 'i1' }])).toEqual(['item i1 input']);
    const escaped = '{"input":[{"type":"image_generation_call","\\u0069d":"i1"}]}';
    expect(namesIn(escaped)).toEqual(['item i1 input']);
  });

  it('are approved where the input holds the request, else by its id', () => {
    const approval = { type: 'mcp_approval_response', approve: true, approval_request_id: 'a1' };
    const request = { type: 'mcp_approval_request', id: 'a1', arguments: '{}' };
    expect(namesIn([request, approval])).toEqual([]);
    expect(namesIn([approval])).toEqual(['item a1 input']);
    expect(namesIn([{ type: 'mcp_approval_request', id: 'a1' }, approval])).toEqual([
      'item a1 input',
    ]);
  });

  it.each([
    '{"input":[{"type":"item_reference","id":"foreign","type":"message","content":"x"}]}',
    '{"input":[{"type":"reasoning","id":"foreign","id":"own"}]}',
  ])('are refused where a name stands twice: %s', (text) => {
    expect(() => namesIn(text)).toThrow(/stands more than once/);
  });

  it('are handed out where the upstream keeps them, else where their id may come alone', () => {
    const output = [
      { type: 'reasoning', id: 'rs_1', encrypted_content: 'x' },
      { type: 'web_search_call', id: 'ws_1' },
      { type: 'image_generation_call', id: 'ig_1', result: 'AAAA' },
      { type: 'message', id: 'msg_1', content: [{ type: 'output_text', text: 'x' }] },
    ];
    const body = Buffer.from(JSON.stringify({ id: 'resp_1', output }));
    expect(ids(ofBody(body, true))).toEqual([
      'response resp_1',
      ...['item rs_1', 'item ws_1', 'item ig_1', 'item msg_1'],
    ]);
    expect(ids(ofBody(body, false))).toEqual(['unkept_item ws_1', 'unkept_item ig_1']);
    const last = event('response.completed', { response: { id: 'resp_1', output } });
    expect(ofEvent(last, false)).toEqual(ofBody(body, false));
  });

  it('are handed out by the event that adds them where it is a call of the upstream', () => {
    const added = (item: object) =>
      ids(ofEvent(event('response.output_item.added', { item }), true));
    expect(added({ type: 'image_generation_call', id: 'ig_1' })).toEqual(['item ig_1']);
    expect(added({ type: 'reasoning', id: 'rs_1', summary: [] })).toEqual([]);
    expect(added({ type: 'function_call', id: 'fc_1', arguments: '' })).toEqual([]);
  });
});
