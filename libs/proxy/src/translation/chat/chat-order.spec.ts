import type { LanguageModelV4Prompt } from '@ai-sdk/provider';
import fc from 'fast-check';
import { decodeChat } from './chat-request.js';

/** What was said, called or returned, in one line. */
type Fact = string;

interface Turn {
  readonly messages: readonly object[];
  readonly facts: readonly Fact[];
}

const words = fc.string({ minLength: 1, maxLength: 12 });

const content = fc.oneof(
  words.map((text) => ({ content: text, texts: [text] })),
  fc.array(words, { minLength: 1, maxLength: 3 }).map((texts) => ({
    content: texts.map((text) => ({ type: 'text', text })),
    texts,
  })),
);

const userTurn = content.map(({ content: said, texts }): Turn => ({
  messages: [{ role: 'user', content: said }],
  facts: texts.map((text) => `user says ${text}`),
}));

const systemTurn = fc
  .record({ role: fc.constantFrom('system', 'developer'), said: content })
  .map(({ role, said }): Turn => ({
    messages: [{ role, content: said.content }],
    facts: said.texts.map((text) => `system says ${text}`),
  }));

/** An assistant that thinks, speaks and calls tools, and the results in an order of their own. */
const assistantTurn = fc
  .record({
    thought: fc.option(words),
    said: fc.option(content),
    calls: fc.array(fc.record({ name: words, input: fc.dictionary(words, words) }), {
      maxLength: 4,
    }),
    prefix: fc.uuid(),
    isReversed: fc.boolean(),
    results: content,
  })
  .map(({ thought, said, calls, prefix, isReversed, results }): Turn => {
    const named = calls.map((call, index) => ({ ...call, id: `${prefix}-${String(index)}` }));
    const returned = isReversed ? named.toReversed() : named;
    return {
      messages: [
        {
          role: 'assistant',
          content: said?.content ?? null,
          ...(thought === null ? {} : { reasoning_content: thought }),
          tool_calls: named.map(({ id, name, input }) => ({
            id,
            type: 'function',
            function: { name, arguments: JSON.stringify(input) },
          })),
        },
        ...returned.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: results.content })),
      ],
      facts: [
        ...(thought === null ? [] : [`assistant thinks ${thought}`]),
        ...(said?.texts ?? []).map((text) => `assistant says ${text}`),
        ...named.map(({ id, name, input }) => `calls ${id} ${name} ${JSON.stringify(input)}`),
        ...returned.map(({ id, name }) => `returns ${id} ${name} ${results.texts.join('|')}`),
      ],
    };
  });

function factsOf(prompt: LanguageModelV4Prompt): Fact[] {
  return prompt.flatMap((message): Fact[] => {
    if (message.role === 'system') return [`system says ${message.content}`];
    return message.content.map((part): Fact => {
      switch (part.type) {
        case 'text':
          return `${message.role} says ${part.text}`;
        case 'reasoning':
          return `${message.role} thinks ${part.text}`;
        case 'tool-call':
          return `calls ${part.toolCallId} ${part.toolName} ${JSON.stringify(part.input)}`;
        case 'tool-result':
          return `returns ${part.toolCallId} ${part.toolName} ${textsOf(part.output).join('|')}`;
        default:
          return part.type;
      }
    });
  });
}

function textsOf(output: { readonly type: string; readonly value?: unknown }): unknown[] {
  if (output.type !== 'content') return [output.value];
  return (output.value as { text: string }[]).map(({ text }) => text);
}

describe('a chat as a prompt', () => {
  it('keeps every text, thought, call and result in order, instructions before all else', () => {
    const turns = fc.array(fc.oneof(userTurn, systemTurn, assistantTurn), { minLength: 1 });
    fc.assert(
      fc.property(turns, (chat) => {
        const messages = chat.flatMap((turn) => turn.messages);
        const target = { providerName: 'anthropic', dropsParams: false };
        const facts = chat.flatMap((turn) => turn.facts);
        const isInstruction = (fact: Fact): boolean => fact.startsWith('system says ');
        expect(factsOf(decodeChat({ messages }, target).options.prompt)).toEqual([
          ...facts.filter(isInstruction),
          ...facts.filter((fact) => !isInstruction(fact)),
        ]);
      }),
    );
  });
});
