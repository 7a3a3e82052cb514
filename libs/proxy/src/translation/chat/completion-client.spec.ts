import type { LanguageModelV4Content, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import fc from 'fast-check';
import OpenAI from 'openai';
import { chatCompletions } from '../../endpoints/openai/chat-completions.endpoint.js';
import { UsageTap } from '../../streaming/usage-tap.js';
import { CompletionEncoder } from './completion-encoder.js';

type Part = LanguageModelV4StreamPart;
type Members = Record<string, unknown>;

/** The same content, whole and streamed. */
interface Told {
  readonly content: readonly LanguageModelV4Content[];
  readonly parts: readonly Part[];
}

/** A call, and how its arguments are cut; `null` for one that comes whole. */
interface DrawnCall {
  readonly name: string;
  readonly input: object;
  readonly cuts: readonly number[] | null;
  readonly isProviders: boolean;
}

const OWN = { id: 'chatcmpl-own', created: 1_700_000_000, model: 'claude-sonnet-5' };
const RESPONSE = { id: 'msg_1', modelId: 'claude-sonnet-5-20260101' };
const ASKED = { model: 'm', messages: [{ role: 'user' as const, content: 'x' }] };
/** A client folds these itself; OpenAI's own knows OpenAI's members alone. */
const EXTENSIONS = ['reasoning_content', 'thinking_blocks', 'annotations', 'images'] as const;

const TEXT = fc.string({ unit: 'binary', maxLength: 12 });
const DELTAS = fc.array(TEXT, { maxLength: 4 });
const COUNT = fc.option(fc.nat(5_000), { nil: undefined });

let made = 0;
function nextId(): string {
  made += 1;
  return `id_${made}`;
}

const texts = fc.record({ deltas: DELTAS, cites: fc.boolean() }).map(({ deltas, cites }): Told => {
  const id = nextId();
  const url = `https://a.example/${id}`;
  const source = { type: 'source', sourceType: 'url', id, url, title: 'A' } as const;
  const citations = cites ? { citations: [{ source }] } : {};
  return {
    content: [{ type: 'text', text: deltas.join(''), ...citations }],
    parts: [
      { type: 'text-start', id },
      ...deltas.map((delta): Part => ({ type: 'text-delta', id, delta })),
      { type: 'text-end', id, ...citations },
    ],
  };
});

const thoughts = fc
  .record({
    deltas: DELTAS,
    proof: fc.constantFrom('signature', 'redactedData', 'thoughtSignature', null),
    at: fc.constantFrom('start', 'delta', 'end'),
  })
  .map(({ deltas, proof, at }): Told => {
    const id = nextId();
    const told = proof === null ? {} : { providerMetadata: { some: { [proof]: id } } };
    const on = (place: string): typeof told => (at === place ? told : {});
    return {
      content: [{ type: 'reasoning', text: deltas.join(''), ...told }],
      parts: [
        { type: 'reasoning-start', id, ...on('start') },
        ...deltas.map((delta): Part => ({ type: 'reasoning-delta', id, delta })),
        { type: 'reasoning-delta', id, delta: '', ...on('delta') },
        { type: 'reasoning-end', id, ...on('end') },
      ],
    };
  });

const drawnCalls = fc.array(
  fc.record<DrawnCall>({
    name: fc.constantFrom('weather', 'time'),
    input: fc.dictionary(TEXT, fc.oneof(TEXT, fc.integer(), fc.constant(null)), { maxKeys: 3 }),
    cuts: fc.option(fc.array(fc.nat(40), { maxLength: 4 })),
    isProviders: fc.boolean(),
  }),
  { minLength: 1, maxLength: 4 },
);

/** Several calls whose fragments are mixed, each in its order. */
const calls = fc
  .record({ drawn: drawnCalls, order: fc.infiniteStream(fc.nat(97)) })
  .map(({ drawn, order }): Told => {
    const told = drawn.map(toldCall);
    return {
      content: told.flatMap(({ content }) => content),
      parts: mixed(
        told.map(({ parts }) => parts),
        order,
      ),
    };
  });

function toldCall({ name, input, cuts, isProviders }: DrawnCall): Told {
  const id = nextId();
  const text = JSON.stringify(input);
  const runs = isProviders ? { providerExecuted: true } : {};
  const call = { type: 'tool-call', toolCallId: id, toolName: name, input: text, ...runs } as const;
  if (cuts === null) return { content: [call], parts: [call] };
  const bounds = [0, ...cuts, text.length]
    .map((cut) => Math.min(cut, text.length))
    .sort((a, b) => a - b);
  const fragments = bounds.slice(1).map((end, at) => text.slice(bounds[at], end));
  return {
    content: [call],
    parts: [
      { type: 'tool-input-start', id, toolName: name, ...runs },
      ...fragments.map((delta): Part => ({ type: 'tool-input-delta', id, delta })),
      { type: 'tool-input-end', id },
      call,
    ],
  };
}

/** Keeps the first parts in the order of the calls, as the whole response has it. */
function mixed(lists: readonly (readonly Part[])[], order: fc.Stream<number>): Part[] {
  const rest = lists.map(([, ...later]) => later);
  const parts = lists.flatMap(([first]) => first ?? []);
  while (rest.some((list) => list.length > 0)) {
    const open = rest.filter((list) => list.length > 0);
    const next = open[(order.next().value ?? 0) % open.length]?.shift();
    if (next !== undefined) parts.push(next);
  }
  return parts;
}

const extras = fc
  .constantFrom<LanguageModelV4Content>(
    { type: 'source', sourceType: 'url', id: '1', url: 'https://b.example/', title: 'B' },
    { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'cG5n' } },
    { type: 'file', mediaType: 'audio/wav', data: { type: 'data', data: 'd2F2' } },
    { type: 'custom', kind: 'anthropic.fallback' },
    { type: 'tool-result', toolCallId: 's', toolName: 'web_search', result: [] },
  )
  .map((part): Told => ({ content: [part], parts: [part as Part] }));

const responses = fc.record({
  told: fc.array(fc.oneof(texts, thoughts, calls, extras), { maxLength: 6 }),
  unified: fc.constantFrom('stop', 'tool-calls', 'other', 'length', 'content-filter'),
  usage: fc.record({
    inputTokens: fc.record({
      total: COUNT,
      noCache: COUNT,
      cacheRead: COUNT,
      cacheWrite: COUNT,
    }),
    outputTokens: fc.record({ total: COUNT, text: COUNT, reasoning: COUNT }),
  }),
});

type Drawn = typeof responses extends fc.Arbitrary<infer Value> ? Value : never;

function wholeOf({ told, unified, usage }: Drawn): string {
  return new CompletionEncoder(OWN).whole({
    content: told.flatMap(({ content }) => content),
    finishReason: { unified, raw: undefined },
    usage,
    warnings: [],
    response: RESPONSE,
  });
}

function streamOf({ told, unified, usage }: Drawn): string {
  const encoder = new CompletionEncoder(OWN);
  const parts: Part[] = [
    { type: 'stream-start', warnings: [] },
    { type: 'response-metadata', ...RESPONSE },
    ...told.flatMap((each) => each.parts),
    { type: 'finish', finishReason: { unified, raw: undefined }, usage },
  ];
  return parts.map((part) => encoder.part(part)).join('') + encoder.end();
}

/** OpenAI's client, to which an upstream responds with this. */
function clientOf(body: string, type: string): OpenAI {
  const headers = { 'content-type': type };
  const fetch = () => Promise.resolve(new Response(body, { headers }));
  return new OpenAI({ apiKey: 'none', baseURL: 'http://upstream.example/v1', fetch });
}

/** Puts together the members that OpenAI's client does not know. */
function folded(chunks: readonly OpenAI.ChatCompletionChunk[]): Members {
  const message: Members = {};
  for (const { choices } of chunks)
    for (const { delta } of choices)
      for (const name of EXTENSIONS) {
        const added = (delta as Members)[name];
        if (added === undefined) continue;
        message[name] = Array.isArray(added)
          ? [...((message[name] as unknown[] | undefined) ?? []), ...(added as unknown[])]
          : `${(message[name] as string | undefined) ?? ''}${added as string}`;
      }
  return message;
}

async function reassembled(stream: string): Promise<Members> {
  const chunks: OpenAI.ChatCompletionChunk[] = [];
  const events = clientOf(stream, 'text/event-stream').chat.completions.stream(ASKED);
  events.on('chunk', (chunk) => chunks.push(chunk));
  const { choices, ...completion } = await events.finalChatCompletion();
  const [choice] = choices;
  const message: Members = { ...choice?.message, ...folded(chunks) };
  delete message['parsed'];
  return { ...completion, choices: [{ ...choice, message }] };
}

describe("a translated completion, with OpenAI's own client", () => {
  it('is the same response streamed and whole', async () => {
    await fc.assert(
      fc.asyncProperty(responses, async (drawn) => {
        const whole = await clientOf(wholeOf(drawn), 'application/json').chat.completions.create(
          ASKED,
        );
        expect(await reassembled(streamOf(drawn))).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });

  it('has the same usage for the books, however its bytes are cut', () => {
    fc.assert(
      fc.property(responses, fc.array(fc.nat(), { maxLength: 8 }), (drawn, cuts) => {
        const bytes = Buffer.from(streamOf(drawn));
        const ends = [...cuts.map((cut) => cut % bytes.length), bytes.length].sort((a, b) => a - b);
        const tap = new UsageTap(chatCompletions.responseFormat, false);
        const sent = ends.flatMap((end, at) => tap.push(bytes.subarray(ends[at - 1] ?? 0, end)));
        expect(Buffer.concat([...sent, ...tap.finish()]).equals(bytes)).toBe(true);
        const { usage = null } = JSON.parse(wholeOf(drawn)) as { usage?: object };
        expect(tap).toMatchObject({
          isCut: false,
          isDone: true,
          reading: { usage, isFinal: usage !== null, hasFailed: false, isEmpty: false },
        });
      }),
      { numRuns: 100 },
    );
  });

  it('has the same usage at every split of a stream with all kinds of content', () => {
    const drawn: Drawn = {
      told: fc.sample(fc.tuple(texts, thoughts, calls, extras), { numRuns: 1, seed: 7 }).flat(),
      unified: 'tool-calls',
      usage: {
        inputTokens: { total: 40, noCache: 10, cacheRead: 20, cacheWrite: 10 },
        outputTokens: { total: 9, text: 5, reasoning: 4 },
      },
    };
    const bytes = Buffer.from(streamOf(drawn));
    const { usage } = JSON.parse(wholeOf(drawn)) as { usage: object };
    for (let at = 0; at <= bytes.length; at += 1) {
      const tap = new UsageTap(chatCompletions.responseFormat, false);
      tap.push(bytes.subarray(0, at));
      tap.push(bytes.subarray(at));
      tap.finish();
      expect([tap.isCut, tap.reading.usage, tap.reading.isFinal]).toEqual([false, usage, true]);
    }
  });
});
