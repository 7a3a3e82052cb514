import { scanJsonObject } from '#libs/common';
import { handedOut, keptNames } from './kept-names.js';

const namesIn = (text: string): string[] =>
  keptNames(scanJsonObject(Buffer.from(text)), ['messages', 'input', 'tools']).map(
    ({ kind, id, param }) => `${kind} ${id} ${String(param)}`,
  );

describe('what a request names of the things that an upstream keeps', () => {
  it.each([
    [
      'a file in a message',
      '{"messages":[{"content":[{"type":"file","file":{"file_id":"file-1"}}]}]}',
      ['file file-1 messages'],
    ],
    [
      'files in the input of a response',
      '{"input":[{"content":[{"type":"input_file","file_id":"f1"},{"type":"input_image","file_id":"f2"}]}]}',
      ['file f2 input', 'file f1 input'],
    ],
    [
      'vector stores and files of tools',
      '{"tools":[{"type":"file_search","vector_store_ids":["vs_1"]},{"type":"code_interpreter","container":{"type":"auto","file_ids":["f3"]}}]}',
      ['file f3 tools', 'vector_store vs_1 tools'],
    ],
    [
      'one vector store of a tool',
      '{"tools":[{"type":"knowledge","vector_store_id":"vs_1"}]}',
      ['vector_store vs_1 tools'],
    ],
    [
      'a name that is written with an escape',
      '{"input":[{"content":[{"type":"input_file","f\\u0069le_id":"f1"}]}]}',
      ['file f1 input'],
    ],
    [
      'a file in the output of a function',
      '{"input":[{"type":"function_call_output","output":[{"type":"input_file","file_id":"f1"}]}]}',
      ['file f1 input'],
    ],
    [
      'a document and a picture of Anthropic',
      '{"messages":[{"content":[{"type":"document","source":{"type":"file","file_id":"f1"}},{"type":"image","source":{"type":"file","file_id":"f2"}}]}]}',
      ['file f2 messages', 'file f1 messages'],
    ],
    [
      'an upload to a container of Anthropic',
      '{"messages":[{"content":[{"type":"container_upload","file_id":"f1"}]}]}',
      ['file f1 messages'],
    ],
    [
      'a container of a tool, of an earlier call, and by reference',
      '{"tools":[{"type":"code_interpreter","container":"c1"},{"type":"shell","environment":{"type":"container_reference","container_id":"c2"}}],"input":[{"type":"code_interpreter_call","container_id":"c3"}]}',
      ['container c3 input', 'container c2 tools', 'container c1 tools'],
    ],
    [
      'the sound of an earlier message',
      '{"messages":[{"role":"assistant","audio":{"id":"a1"}}]}',
      ['audio a1 messages'],
    ],
    [
      'a document in the result of a tool',
      '{"messages":[{"content":[{"type":"tool_result","content":[{"type":"document","source":{"type":"file","file_id":"f1"}}]}]}]}',
      ['file f1 messages'],
    ],
  ])('is %s', (_what, text, names) => {
    expect(namesIn(text)).toEqual(names);
  });

  it.each([
    [
      'a quotation of a file',
      '{"input":[{"annotations":[{"type":"container_file_citation","file_id":"cfile_1"}]}]}',
    ],
    [
      'a file that a tool of the upstream has made',
      '{"messages":[{"content":[{"type":"bash_code_execution_tool_result","content":{"type":"bash_code_execution_result","content":[{"type":"bash_code_execution_output","file_id":"file_1"}]}}]}]}',
    ],
    [
      'a property of a function',
      '{"tools":[{"parameters":{"properties":{"file_id":{"type":"string"}}}}]}',
    ],
    [
      'an argument of a tool',
      '{"messages":[{"content":[{"type":"tool_use","input":{"file_id":"f1","container":"c"}}]}]}',
    ],
    [
      'an example in the schema of a function',
      '{"tools":[{"input_schema":{"default":{"file_id":"f1"}}}]}',
    ],
    ['a text', '{"messages":[{"content":"{\\"file_id\\":\\"file-1\\"}"}]}'],
    ['a member beside them', '{"user":{"file_id":"file-1"}}'],
    ['a null', '{"messages":[{"content":[{"file_id":null}]}]}'],
  ])('is not %s', (_what, text) => {
    expect(namesIn(text)).toEqual([]);
  });

  it.each([
    '{"tools":[{"vector_store_ids":["foreign"],"vector_store_ids":[]}]}',
    '{"messages":[{"content":[{"file":{"file_id":"foreign"},"file":{}}]}]}',
    '{"input":[{"content":[{"file_id":"foreign"}],"c\\u006fntent":[]}]}',
    '{"tools":[{"container":"foreign","container":{"type":"auto"}}]}',
  ])('is refused where a name stands twice in one object: %s', (text) => {
    expect(() => namesIn(text)).toThrow(/stands more than once/);
  });

  it('is read where the same name stands in several objects', () => {
    const text = '{"input":[{"file_id":"f1","a":{"file_id":"f2"}},{"file_id":"f3"}]}';
    expect(namesIn(text)).toHaveLength(3);
  });

  it.each<[string, Buffer | string, string[]]>([
    [
      'a container of Anthropic',
      Buffer.from('{"id":"m","container":{"id":"c1","expires_at":""}}'),
      ['container c1'],
    ],
    [
      'a container of an item in an event',
      'event: x\ndata: {"type":"x","item":{"type":"code_interpreter_call","container_id":"c1"}}\n\n',
      ['container c1'],
    ],
    [
      'a sound in a chunk',
      'data: {"choices":[{"delta":{"audio":{"id":"a1","data":"x"}}}]}\n\n',
      ['audio a1'],
    ],
    ['nothing', 'data: {"choices":[{"delta":{"content":"\\"container\\":1"}}]}\n\n', []],
  ])('is handed out by %s', (_what, received, made) => {
    expect(handedOut(received).map(({ kind, id }) => `${kind} ${id}`)).toEqual(made);
  });

  it('is found at any depth', () => {
    const deep = `${'['.repeat(5_000)}{"file_id":"f1"}${']'.repeat(5_000)}`;
    expect(namesIn(`{"input":${deep}}`)).toEqual(['file f1 input']);
  });
});
