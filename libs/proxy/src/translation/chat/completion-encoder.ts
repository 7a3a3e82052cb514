import type { LanguageModelV4GenerateResult, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { ModelFailure, ResponseEncoder } from '../model-exchange.js';
import { CompletionCalls, type CallDelta } from './completion-calls.js';
import { CompletionChunks, DONE_EVENT, eventOf } from './completion-chunks.js';
import { CompletionCitations } from './completion-citations.js';
import { finishReasonOf, imageOf, type ThinkingBlock } from './completion-content.js';
import { completionFacts, type CompletionFacts } from './completion-facts.js';
import { completionFailure } from './completion-failure.js';
import { messageOf, unlessEmpty } from './completion-message.js';
import { CompletionThoughts } from './completion-thoughts.js';
import { completionUsage } from './completion-usage.js';

type Part = LanguageModelV4StreamPart;
type PartOf<Type extends Part['type']> = Extract<Part, { type: Type }>;

/** The failure of a stream whose provider has given the response up without a word about the cause. */
const GIVEN_UP: ModelFailure = {
  status: 502,
  message: 'The model provider has ended the response with an error.',
};

/** Writes what a model has answered in the form of OpenAI's chat completions. */
export class CompletionEncoder implements ResponseEncoder {
  private readonly calls = new CompletionCalls();
  private readonly thoughts = new CompletionThoughts();
  private readonly citations = new CompletionCitations();
  /** Where each open text begins in the content. */
  private readonly texts = new Map<string, number>();
  private chunks: CompletionChunks | null = null;
  private contentLength = 0;
  private images = 0;
  /** The chunk that ends the choice has been written. */
  private isWhole = false;

  /** @param own facts of the response where the provider does not tell them */
  constructor(private readonly own: CompletionFacts) {}

  whole(result: LanguageModelV4GenerateResult): string {
    const { id, created, model } = completionFacts(result.response ?? {}, this.own);
    const message = messageOf(result.content);
    const reason = finishReasonOf(result.finishReason, message.tool_calls !== undefined);
    return JSON.stringify({
      id,
      object: 'chat.completion',
      created,
      model,
      choices: [{ index: 0, message, logprobs: null, finish_reason: reason }],
      ...completionUsage({ ...result, model }),
    });
  }

  part(part: Part): string {
    switch (part.type) {
      case 'response-metadata':
        this.chunks ??= new CompletionChunks(completionFacts(part, this.own));
        return this.written.begin();
      case 'text-start':
      case 'text-delta':
      case 'text-end':
        return this.text(part);
      case 'source':
        this.citations.addSource(part);
        return '';
      case 'file':
        return this.file(part);
      case 'finish':
        return this.finish(part);
      default:
        return this.step(part);
    }
  }

  end(): string {
    return this.isWhole ? DONE_EVENT : '';
  }

  failure(failure: ModelFailure): string {
    return JSON.stringify(completionFailure(failure));
  }

  failureEvent(failure: ModelFailure): string {
    return eventOf(completionFailure(failure));
  }

  /** A provider may tell nothing of its response before its output. */
  private get written(): CompletionChunks {
    return (this.chunks ??= new CompletionChunks(this.own));
  }

  private text(part: PartOf<'text-start' | 'text-delta' | 'text-end'>): string {
    const start = this.texts.get(part.id) ?? this.contentLength;
    this.texts.set(part.id, start);
    if (part.type === 'text-delta') {
      this.contentLength += part.delta.length;
      return part.delta === '' ? '' : this.written.delta({ content: part.delta });
    }
    if (part.type === 'text-end') {
      this.texts.delete(part.id);
      this.citations.addText(part.citations ?? [], { start, length: this.contentLength - start });
    }
    return '';
  }

  private thought(part: PartOf<'reasoning-start' | 'reasoning-delta' | 'reasoning-end'>): string {
    const block = this.thoughts.take(part);
    if (part.type === 'reasoning-delta' && part.delta !== '')
      return this.written.delta({ reasoning_content: part.delta });
    return block === null ? '' : this.blocks([block]);
  }

  /** A thought or a call; empty for parts of which a completion has no form. */
  private step(part: Part): string {
    switch (part.type) {
      case 'reasoning-start':
      case 'reasoning-delta':
      case 'reasoning-end':
        return this.thought(part);
      case 'tool-input-start':
        return this.call(this.calls.start(part));
      case 'tool-input-delta':
        return this.call(this.calls.grow(part.id, part.delta));
      case 'tool-call':
        return this.call(this.calls.complete(part));
      default:
        return '';
    }
  }

  private blocks(blocks: readonly ThinkingBlock[]): string {
    return blocks.length === 0 ? '' : this.written.delta({ thinking_blocks: blocks });
  }

  private call(delta: CallDelta | null): string {
    return delta === null ? '' : this.written.delta({ tool_calls: [delta] });
  }

  private file(part: PartOf<'file'>): string {
    const image = imageOf(part, this.images);
    if (image === null) return '';
    this.images += 1;
    return this.written.delta({ images: [image] });
  }

  /**
   * A response that is not whole has no chunk that ends its choice, so that neither the gateway nor the client takes it for complete.
   * Its usage is billed all the same.
   */
  private finish(part: PartOf<'finish'>): string {
    const { unified } = part.finishReason;
    const billed = completionUsage({ ...part, model: this.own.model });
    const usage = billed === null ? '' : this.written.usage(billed);
    const wasWhole = this.isWhole;
    this.isWhole = unified !== 'error' && unified !== 'interrupted';
    // Behind a chunk that has ended the choice, only a failure shows that more should have come.
    if (!this.isWhole)
      return unified === 'error' || wasWhole ? usage + this.failureEvent(GIVEN_UP) : usage;
    const annotations = unlessEmpty('annotations', this.citations.list());
    return [
      this.blocks(this.thoughts.end()),
      'annotations' in annotations ? this.written.delta(annotations) : '',
      this.written.finish(finishReasonOf(part.finishReason, this.calls.hasAny)),
      usage,
    ].join('');
  }
}
