import type { UrlCitation } from './completion-citations.js';
import type { CallDelta } from './completion-calls.js';
import type { CompletionImage, ThinkingBlock } from './completion-content.js';
import type { CompletionFacts } from './completion-facts.js';
import type { BilledUsage } from './completion-usage.js';

/** What a chunk adds to the message: https://platform.openai.com/docs/api-reference/chat-streaming. */
interface MessageDelta {
  readonly role?: 'assistant';
  readonly content?: string;
  readonly reasoning_content?: string;
  readonly thinking_blocks?: readonly ThinkingBlock[];
  readonly tool_calls?: readonly CallDelta[];
  readonly annotations?: readonly UrlCitation[];
  readonly images?: readonly CompletionImage[];
}

/** The event that ends a whole stream. */
export const DONE_EVENT = 'data: [DONE]\n\n';

/** Returns an event with these data. */
export function eventOf(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

/** Writes the chunks of one stream. The first one that adds to the message names the role. */
export class CompletionChunks {
  /** What all chunks begin with, written once: a stream has thousands. */
  private readonly head: string;
  private hasBegun = false;

  constructor(private readonly facts: CompletionFacts) {
    const { id, created, model } = facts;
    const common = { id, object: 'chat.completion.chunk', created, model };
    this.head = `data: ${JSON.stringify(common).slice(0, -1)},"choices":[`;
  }

  /** Returns the chunk that says that the response begins; empty where another chunk was sent. */
  begin(): string {
    return this.hasBegun ? '' : this.delta({});
  }

  /** Returns the chunk that adds this. */
  delta(delta: MessageDelta): string {
    const named: MessageDelta = this.hasBegun ? delta : { role: 'assistant', ...delta };
    this.hasBegun = true;
    return this.choice(named, null);
  }

  /** Returns the chunk that ends the choice. */
  finish(reason: string): string {
    return `${this.begin()}${this.choice({}, reason)}`;
  }

  /** Returns the chunk with the usage alone; the gateway drops it where the client did not ask for it. */
  usage({ usage, service_tier }: BilledUsage): string {
    const { id, created, model } = this.facts;
    const head = { id, object: 'chat.completion.chunk', created, model, choices: [] };
    return eventOf({ ...head, ...(service_tier === undefined ? {} : { service_tier }), usage });
  }

  private choice(delta: MessageDelta, reason: string | null): string {
    const choice = { index: 0, delta, logprobs: null, finish_reason: reason };
    return `${this.head}${JSON.stringify(choice)}]}\n\n`;
  }
}
