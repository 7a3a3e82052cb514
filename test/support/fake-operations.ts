import type { FakeTokens } from './fake-completion.js';
import { contentChunks, contentOf } from './fake-contents.js';
import { messageEvents, messageOf } from './fake-messages.js';

/** A call that asks for another operation than a chat. */
interface OperationCall extends FakeTokens {
  readonly id: string;
  readonly path: string;
  /** Left out for `POST`. */
  readonly method?: string;
  readonly model: string;
  /** Text of the response; left out for the usual one. */
  readonly text?: string;
}

/** Members of its request that decide about the response. */
export interface OperationBody {
  readonly stream?: boolean;
  readonly stream_format?: string;
  readonly n?: number;
  readonly input?: unknown;
  readonly documents?: readonly unknown[];
}

/** A whole response. */
interface OperationAnswer {
  readonly contentType: string;
  readonly body: string | Buffer;
}

const TEXT = 'w0 w1 w2';
const JSON_TYPE = 'application/json';
const EVENTS = 'text/event-stream; charset=utf-8';
/** Sound that holds every byte, so that a change of any is seen. */
export const FAKE_SOUND = Buffer.from(Array.from({ length: 1_024 }, (_, index) => index % 256));

/** Typed events, each with its name. */
export function typedEvents(...events: readonly { readonly type: string }[]): string {
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}

/** The usage of the Responses API and of images. */
export function operationUsage({
  promptTokens,
  cachedTokens,
  completionTokens,
}: FakeTokens): object {
  return {
    input_tokens: promptTokens,
    input_tokens_details: { cached_tokens: cachedTokens },
    output_tokens: completionTokens,
    output_tokens_details: { reasoning_tokens: 1 },
    total_tokens: promptTokens + completionTokens,
  };
}

/** A whole response of the Responses API. */
export function responseObject(call: OperationCall, further: object = {}): object {
  const content = [{ type: 'output_text', text: call.text ?? TEXT, annotations: [] }];
  return {
    id: `resp_${call.id}`,
    object: 'response',
    created_at: 1_700_000_000,
    status: 'completed',
    error: null,
    model: call.model,
    output: [
      { type: 'message', id: `msg_${call.id}`, status: 'completed', role: 'assistant', content },
    ],
    usage: operationUsage(call),
    ...further,
  };
}

/** Returns the response of an operation by its path; `null` for a chat. */
export function operationAnswer(call: OperationCall, body: OperationBody): OperationAnswer | null {
  const [path = '', query = ''] = call.path.split('?');
  const stored = storedAnswer(call, path, query);
  if (stored !== null) return stored;
  const answer = Object.entries(ANSWERS).find(([end]) => path.endsWith(end))?.[1];
  return answer?.(call, body) ?? null;
}

const json = (value: object): OperationAnswer => ({
  contentType: JSON_TYPE,
  body: JSON.stringify(value),
});
const events = (...list: readonly { readonly type: string }[]): OperationAnswer => ({
  contentType: EVENTS,
  body: typedEvents(...list),
});

const STORED = /\/responses\/([^/]+)(\/cancel|\/input_items)?$/;

/** A stored response of any id. */
function storedAnswer(call: OperationCall, path: string, query: string): OperationAnswer | null {
  const [, id = '', below] = STORED.exec(path) ?? [];
  if (id === '' || id === 'compact') return null;
  if (below === '/input_items') return json({ object: 'list', data: [], has_more: false });
  if (call.method === 'DELETE') return json({ id, object: 'response', deleted: true });
  const response = responseObject(call, { id });
  return query.includes('stream=true')
    ? events({ type: 'response.completed', response } as { type: string })
    : json({ ...response, status: below === '/cancel' ? 'cancelled' : 'completed' });
}

const ANSWERS: Readonly<
  Record<string, (call: OperationCall, body: OperationBody) => OperationAnswer>
> = {
  '/responses': (call, { stream }) =>
    stream === true ? streamed(call) : json(responseObject(call)),
  '/responses/compact': (call) =>
    json(responseObject(call, { object: 'response.compaction', status: undefined })),
  '/moderations': ({ id, model, text }) =>
    json({ id: `modr-${text ?? id}`, model, results: [{ flagged: false, categories: {} }] }),
  '/rerank': ({ id, text }, { documents = [] }) =>
    json({
      id: text ?? id,
      results: documents.map((_, index) => ({ index, relevance_score: 0.5 })),
      meta: { api_version: { version: '2' }, billed_units: { search_units: 1 } },
    }),
  '/images/generations': pictures,
  '/images/edits': (call, body) => pictures(call, body, 'image_edit'),
  '/images/variations': pictures,
  '/audio/transcriptions': transcribed,
  '/audio/translations': transcribed,
  '/messages': (call, { stream }) =>
    stream === true
      ? { contentType: EVENTS, body: messageEvents(call, call.text) }
      : json(messageOf(call, call.text)),
  '/messages/count_tokens': ({ promptTokens }) => json({ input_tokens: promptTokens }),
  ':generateContent': (call) => json(contentOf(call, call.text)),
  ':streamGenerateContent': (call) => json(contentChunks(call, call.text)),
  ':countTokens': ({ promptTokens, id, text }) =>
    json({ totalTokens: promptTokens, name: text ?? id }),
  '/audio/speech': (call, { stream_format: form }) =>
    form === 'sse' ? spoken(call) : { contentType: 'audio/mpeg', body: call.text ?? FAKE_SOUND },
};

function streamed(call: OperationCall): OperationAnswer {
  const response = responseObject(call);
  const begun = { ...response, status: 'in_progress', output: [], usage: null };
  const delta = (text: string) => ({
    type: 'response.output_text.delta',
    item_id: 'msg_1',
    output_index: 0,
    content_index: 0,
    delta: text,
  });
  return events(
    { type: 'response.created', response: begun } as { type: string },
    { type: 'response.in_progress', response: begun } as { type: string },
    ...(call.text ?? TEXT).split(/(?<= )/).map(delta),
    { type: 'response.completed', response } as { type: string },
  );
}

function pictures(
  call: OperationCall,
  { stream, n = 1 }: OperationBody,
  kind = 'image_generation',
): OperationAnswer {
  const { promptTokens, completionTokens, text } = call;
  const usage = {
    input_tokens: promptTokens,
    input_tokens_details: { text_tokens: promptTokens, image_tokens: 0 },
    output_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
  if (stream !== true) {
    const data = Array.from({ length: n }, () => ({ b64_json: text ?? 'AAAA' }));
    return json({ created: 1_700_000_000, data, usage });
  }
  const last = { type: `${kind}.completed`, b64_json: text ?? 'A'.repeat(400_000), usage };
  return events(
    { type: `${kind}.partial_image`, b64_json: 'AA' } as { type: string },
    ...Array.from({ length: n }, () => last),
  );
}

function spoken({ promptTokens, completionTokens, text = 'AAAA' }: OperationCall): OperationAnswer {
  const usage = {
    input_tokens: promptTokens,
    output_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
  return events(
    { type: 'speech.audio.delta', audio: text } as { type: string },
    { type: 'speech.audio.done', usage } as { type: string },
  );
}

function transcribed(
  { promptTokens, completionTokens, text = TEXT }: OperationCall,
  { stream }: OperationBody,
): OperationAnswer {
  const usage = {
    type: 'tokens',
    input_tokens: promptTokens,
    output_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
  if (stream !== true) return json({ text, usage });
  return events(
    { type: 'transcript.text.delta', delta: text } as { type: string },
    { type: 'transcript.text.done', text, usage } as { type: string },
  );
}
