import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { startLoopbackServer, type LoopbackServer } from './loopback-server.js';

const PAUSE_BETWEEN_WORDS_MS = 25;

/** Tokens of one call, as the model counted them. */
export interface UpstreamRecord {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** A running demo model. */
export interface DemoUpstream extends LoopbackServer {
  /** Every call that it answered. */
  readonly records: readonly UpstreamRecord[];
}

interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { readonly content: string }[];
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
}

/**
 * Starts a small model that speaks OpenAI's chat format, plain and streamed, and counts its tokens
 * (one a word). It thinks nothing; it is there so that the demo needs no account anywhere.
 * @param port port to try first
 */
export async function startDemoUpstream(port = 0): Promise<DemoUpstream> {
  const records: UpstreamRecord[] = [];
  const server = await startLoopbackServer(port, (request, response) => {
    void answer(request, response, records).catch(() => response.destroy());
  });
  return { ...server, records };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  records: UpstreamRecord[],
): Promise<void> {
  const chat = (await json(request)) as ChatRequest;
  const question = chat.messages.at(-1)?.content ?? '';
  const words = `You asked: “${question}” A real model would answer here.`.split(' ');
  const record = {
    promptTokens: chat.messages.flatMap(({ content }) => content.split(' ')).length,
    completionTokens: words.length,
  };
  records.push(record);
  if (chat.stream === true) await stream(response, chat, words, record);
  else plain(response, chat, words, record);
}

function plain(
  response: ServerResponse,
  chat: ChatRequest,
  words: string[],
  record: UpstreamRecord,
): void {
  response.setHeader('content-type', 'application/json');
  response.end(
    JSON.stringify({
      ...envelope(chat, 'chat.completion'),
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: words.join(' ') },
          finish_reason: 'stop',
        },
      ],
      usage: usageOf(record),
    }),
  );
}

async function stream(
  response: ServerResponse,
  chat: ChatRequest,
  words: string[],
  record: UpstreamRecord,
): Promise<void> {
  response.setHeader('content-type', 'text/event-stream');
  const send = (content: object): void => {
    response.write(
      `data: ${JSON.stringify({ ...envelope(chat, 'chat.completion.chunk'), ...content })}\n\n`,
    );
  };
  for (const [index, word] of words.entries()) {
    const content = index === 0 ? word : ` ${word}`;
    send({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });
    await delay(PAUSE_BETWEEN_WORDS_MS);
  }
  send({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
  if (chat.stream_options?.include_usage === true) send({ choices: [], usage: usageOf(record) });
  response.end('data: [DONE]\n\n');
}

function envelope(chat: ChatRequest, object: string): object {
  return { id: 'chatcmpl-demo', object, created: Math.floor(Date.now() / 1000), model: chat.model };
}

function usageOf({ promptTokens, completionTokens }: UpstreamRecord): object {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}
