import type { LanguageModelV4Content } from '@ai-sdk/provider';
import { CompletionCitations, type UrlCitation } from './completion-citations.js';
import {
  callOf,
  imageOf,
  thinkingBlockOf,
  type CompletionCall,
  type CompletionImage,
  type ThinkingBlock,
} from './completion-content.js';

/** The message of a choice. Members that are empty are left out. */
export interface CompletionMessage {
  readonly role: 'assistant';
  /** `null` where the model has written no text. */
  readonly content: string | null;
  readonly refusal: null;
  readonly reasoning_content?: string;
  readonly thinking_blocks?: readonly ThinkingBlock[];
  readonly tool_calls?: readonly CompletionCall[];
  readonly annotations?: readonly UrlCitation[];
  readonly images?: readonly CompletionImage[];
}

/** What a message is made of while its content is read. */
interface Draft {
  text: string;
  reasoning: string;
  readonly blocks: ThinkingBlock[];
  readonly calls: CompletionCall[];
  readonly images: CompletionImage[];
  readonly citations: CompletionCitations;
}

/** Returns the message that the content of a response makes. Tools that the provider has run itself are not in it. */
export function messageOf(content: readonly LanguageModelV4Content[]): CompletionMessage {
  const draft: Draft = {
    text: '',
    reasoning: '',
    blocks: [],
    calls: [],
    images: [],
    citations: new CompletionCitations(),
  };
  for (const part of content) add(part, draft);
  const { text, reasoning, blocks, calls, images, citations } = draft;
  return {
    role: 'assistant',
    content: text === '' ? null : text,
    refusal: null,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...unlessEmpty('thinking_blocks', blocks),
    ...unlessEmpty('tool_calls', calls),
    ...unlessEmpty('annotations', citations.list()),
    ...unlessEmpty('images', images),
  };
}

function add(part: LanguageModelV4Content, draft: Draft): void {
  switch (part.type) {
    case 'text':
      draft.citations.addText(part.citations ?? [], {
        start: draft.text.length,
        length: part.text.length,
      });
      draft.text += part.text;
      return;
    case 'reasoning':
      draft.reasoning += part.text;
      push(draft.blocks, thinkingBlockOf(part.text, part.providerMetadata));
      return;
    case 'tool-call':
      if (part.providerExecuted !== true) draft.calls.push(callOf(part));
      return;
    case 'source':
      draft.citations.addSource(part);
      return;
    case 'file':
      push(draft.images, imageOf(part, draft.images.length));
      return;
    default:
  }
}

function push<Item>(list: Item[], item: Item | null): void {
  if (item !== null) list.push(item);
}

/** Returns a member with a list; an empty object for an empty list. */
export function unlessEmpty<Name extends string, Item>(
  name: Name,
  list: readonly Item[],
): Partial<Readonly<Record<Name, readonly Item[]>>> {
  return list.length === 0 ? {} : ({ [name]: list } as Record<Name, readonly Item[]>);
}
