import type { LanguageModelV4StreamPart, SharedV4ProviderMetadata } from '@ai-sdk/provider';
import { thinkingBlockOf, type ThinkingBlock } from './completion-content.js';

type ThoughtPart = Extract<
  LanguageModelV4StreamPart,
  { type: 'reasoning-start' | 'reasoning-delta' | 'reasoning-end' }
>;

/** A thought that has not ended. */
interface OpenThought {
  text: string;
  metadata: SharedV4ProviderMetadata;
}

/** Collects the thoughts of a stream: its proof comes with any of its parts, and the client needs both together. */
export class CompletionThoughts {
  private readonly open = new Map<string, OpenThought>();

  /**
   * Takes a part of a thought.
   * @returns the block of a thought that has ended; `null` for any other part, and for a thought without proof
   */
  take(part: ThoughtPart): ThinkingBlock | null {
    const thought = this.open.get(part.id) ?? { text: '', metadata: {} };
    this.open.set(part.id, thought);
    if (part.type === 'reasoning-delta') thought.text += part.delta;
    thought.metadata = { ...thought.metadata, ...part.providerMetadata };
    if (part.type !== 'reasoning-end') return null;
    this.open.delete(part.id);
    return thinkingBlockOf(thought.text, thought.metadata);
  }

  /** Returns the blocks of thoughts whose end has not come. */
  end(): ThinkingBlock[] {
    const blocks = [...this.open.values()].map(({ text, metadata }) =>
      thinkingBlockOf(text, metadata),
    );
    this.open.clear();
    return blocks.filter((block) => block !== null);
  }
}
