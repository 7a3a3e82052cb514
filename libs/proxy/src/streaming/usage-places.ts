import { reportedTokens } from '#libs/spend';

type Members = Readonly<Record<string, unknown>>;

const NO_MEMBERS: Members = {};

/** A place of a usage object in a response or in a chunk of a stream. */
export interface UsagePlace {
  readonly place: string;
  /** The model provider's page that documents it. */
  readonly source: string;
  readonly at: (response: Members) => unknown;
}

/** In the order in which they are asked: the provider's own place repeats what OpenAI's says. */
export const USAGE_PLACES: readonly UsagePlace[] = [
  {
    place: 'usage',
    source: 'https://platform.openai.com/docs/api-reference/chat-streaming',
    at: (response) => response['usage'],
  },
  {
    // Groq: in the last chunk, whether or not the client asked for the usage.
    place: 'x_groq.usage',
    source: 'https://console.groq.com/docs/api-reference#chat-create',
    at: (response) => membersOf(response['x_groq'])['usage'],
  },
  {
    // Moonshot: in the choice of the chunk that ends it. A second choice would have counts of its own.
    place: 'choices[0].usage',
    source: 'https://platform.kimi.ai/docs/api/chat',
    at: ({ choices }) => {
      const [choice] = Array.isArray(choices) ? (choices as readonly unknown[]) : [];
      const { index, usage } = membersOf(choice);
      return (index ?? 0) === 0 ? usage : null;
    },
  },
  {
    // Cohere's rerank: `billed_units` within `meta`.
    place: 'meta',
    source: 'https://docs.cohere.com/reference/rerank',
    at: ({ meta }) => (isObject(membersOf(meta)['billed_units']) ? meta : null),
  },
  {
    // Cohere's chat: in the event that ends a stream.
    place: 'delta.usage',
    source: 'https://docs.cohere.com/v2/reference/chat-stream',
    at: ({ delta }) => {
      const { usage } = membersOf(delta);
      return isObject(membersOf(usage)['billed_units']) ? usage : null;
    },
  },
];

/**
 * Finds the usage object of a response or a chunk.
 * @returns the first that counts anything, else the first; `null` when there is none
 */
export function usageIn(response: object): object | null {
  const found: object[] = [];
  for (const { at } of USAGE_PLACES) {
    const usage = at(response as Members);
    if (isObject(usage)) found.push(usage);
  }
  if (found.length < 2) return found[0] ?? null;
  return found.find((usage) => reportedTokens(usage) !== null) ?? found[0] ?? null;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function membersOf(value: unknown): Members {
  return isObject(value) ? (value as Members) : NO_MEMBERS;
}
