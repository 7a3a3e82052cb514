import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { startLoopbackServer } from './loopback-server.js';

/** The credential that it takes. */
export const COHERE_KEY = 'key-of-cohere';

const text = z.strictObject({ type: z.literal('text'), text: z.string() });
const call = z.strictObject({
  id: z.string(),
  type: z.literal('function'),
  function: z.strictObject({ name: z.string(), arguments: z.string() }),
});
const image = z.strictObject({
  type: z.literal('image_url'),
  image_url: z.strictObject({ url: z.string(), detail: z.string().optional() }),
});
const content = z.union([z.string(), z.array(z.union([text, image]))]);

/** The request of https://docs.cohere.com/reference/chat, second version; no other member is taken. */
const REQUEST = z.strictObject({
  model: z.string(),
  stream: z.boolean().optional(),
  messages: z.array(
    z.discriminatedUnion('role', [
      z.strictObject({ role: z.literal('system'), content }),
      z.strictObject({ role: z.literal('user'), content }),
      z.strictObject({
        role: z.literal('assistant'),
        content: content.optional(),
        tool_plan: z.string().optional(),
        tool_calls: z.array(call).optional(),
      }),
      z.strictObject({ role: z.literal('tool'), tool_call_id: z.string(), content }),
    ]),
  ),
  tools: z
    .array(
      z.strictObject({
        type: z.literal('function'),
        function: z.strictObject({
          name: z.string(),
          description: z.string().optional(),
          parameters: z.looseObject({}),
        }),
      }),
    )
    .optional(),
  tool_choice: z.enum(['REQUIRED', 'NONE']).optional(),
  response_format: z
    .strictObject({ type: z.enum(['text', 'json_object']), json_schema: z.unknown().optional() })
    .optional(),
  max_tokens: z.number().optional(),
  temperature: z.number().optional(),
  p: z.number().optional(),
  k: z.number().optional(),
  seed: z.number().optional(),
  stop_sequences: z.array(z.string()).optional(),
  frequency_penalty: z.number().optional(),
  presence_penalty: z.number().optional(),
  thinking: z.looseObject({ type: z.string() }).optional(),
});

/** What it does with a request. */
interface CohereBehaviour {
  readonly status?: number;
  readonly body?: object;
  /** Events of a stream. */
  readonly events?: readonly object[];
  /** Cuts the connection behind the events. */
  readonly isCut?: boolean;
}

/** A strict stand-in of Cohere's API. */
export interface FakeCohere {
  /** Its address of chats. */
  readonly chatUrl: string;
  /** Bodies and headers of the requests, in order. */
  readonly requests: { readonly body: z.infer<typeof REQUEST>; readonly headers: object }[];
  enqueue(...behaviours: CohereBehaviour[]): void;
  close(): Promise<void>;
}

/** Starts it. What is not a request of its API is 400, and another credential 401. */
export async function startFakeCohere(): Promise<FakeCohere> {
  const requests: FakeCohere['requests'] = [];
  const behaviours: CohereBehaviour[] = [];
  const server = await startLoopbackServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const fault = faultOf(request);
    if (fault !== null) {
      answer(response, fault);
      return;
    }
    const { data, error } = REQUEST.safeParse(JSON.parse(Buffer.concat(chunks).toString()));
    if (data === undefined) {
      answer(response, refusal(400, z.prettifyError(error)));
      return;
    }
    requests.push({ body: data, headers: request.headers });
    const behaviour = behaviours.shift() ?? {};
    if (behaviour.events === undefined) answer(response, behaviour);
    else await stream(response, behaviour.events, behaviour.isCut === true);
  });
  return {
    chatUrl: `${server.url}/v2/chat`,
    requests,
    enqueue: (...next) => {
      behaviours.push(...next);
    },
    close: () => server.close(),
  };
}

function refusal(status: number, message: string): CohereBehaviour {
  return { status, body: { id: 'c-1', message } };
}

function faultOf({ url, headers }: IncomingMessage): CohereBehaviour | null {
  if (headers.authorization !== `Bearer ${COHERE_KEY}`) return refusal(401, 'invalid api token');
  return url === '/v2/chat' ? null : refusal(404, 'not found');
}

function answer(response: ServerResponse, { status = 200, body = {} }: CohereBehaviour): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function stream(
  response: ServerResponse,
  events: readonly object[],
  isCut: boolean,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of events) response.write(`data: ${JSON.stringify(event)}\n\n`);
  if (!isCut) {
    response.end('data: [DONE]\n\n');
    return;
  }
  await new Promise((resolve) => response.write(': cut\n\n', resolve));
  response.destroy();
}
