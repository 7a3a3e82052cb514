import type {
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4ToolResultPart,
} from '@ai-sdk/provider';
import type { BodyMember } from '../body-member.js';
import type { Decoding } from '../decoding.js';
import { assistantMessage, calledTool } from './chat-assistant.js';
import { contentParts, textParts } from './chat-parts.js';

type SystemMessage = Extract<LanguageModelV4Message, { role: 'system' }>;

const ROLES = ['system', 'developer', 'user', 'assistant', 'tool', 'function'] as const;

/**
 * Returns the messages of a chat as a prompt. Instructions come first, wherever they are in the chat, because most
 * providers take them apart from the conversation; all else keeps its order.
 */
export function promptOf(messages: BodyMember, decoding: Decoding): LanguageModelV4Prompt {
  const chat = new ChatPrompt(decoding);
  const all = messages.items();
  if (all.length === 0) throw messages.fault('must not be empty');
  for (const message of all) chat.add(message);
  return chat.prompt;
}

class ChatPrompt {
  private readonly instructions: SystemMessage[] = [];
  private readonly turns: LanguageModelV4Message[] = [];
  /** Names of the tools that were called, by the id of the call. */
  private readonly called = new Map<string, string>();
  /** Ids of the calls of the legacy syntax, which has none, by the name of the function. */
  private readonly legacy = new Map<string, string>();

  constructor(private readonly decoding: Decoding) {}

  get prompt(): LanguageModelV4Prompt {
    return [...this.instructions, ...this.turns];
  }

  add(message: BodyMember): void {
    const role = message.at('role').oneOf(ROLES);
    const name = message.at('name');
    if (name.isGiven && role !== 'function' && role !== 'tool') this.decoding.leaveOut(name);
    switch (role) {
      case 'system':
      case 'developer':
        this.addInstructions(message);
        return;
      case 'user':
        this.turns.push({
          role,
          content: contentParts(message.at('content'), this.decoding),
          ...this.decoding.cacheIn(message),
        });
        return;
      case 'assistant':
        this.addAssistant(message);
        return;
      case 'tool':
        this.addResult(message, message.at('tool_call_id').text());
        return;
      case 'function':
        this.addLegacyResult(message);
    }
  }

  private addInstructions(message: BodyMember): void {
    const parts = textParts(message.at('content'), this.decoding).filter(({ text }) => text !== '');
    const ofMessage = this.decoding.cacheIn(message);
    parts.forEach(({ text, providerOptions }, index) => {
      this.instructions.push({
        role: 'system',
        content: text,
        ...(index === parts.length - 1 ? ofMessage : {}),
        ...(providerOptions === undefined ? {} : { providerOptions }),
      });
    });
  }

  private addAssistant(message: BodyMember): void {
    const turn = assistantMessage(message, this.decoding);
    message.at('function_call').optional((call) => {
      // Nine letters and digits are an id that every provider takes.
      const id = `call${String(this.called.size).padStart(5, '0')}`;
      const part = calledTool(call, id);
      this.legacy.set(part.toolName, id);
      turn.content.push(part);
    });
    for (const part of turn.content)
      if (part.type === 'tool-call') this.called.set(part.toolCallId, part.toolName);
    if (turn.content.length > 0) this.turns.push(turn);
  }

  private addLegacyResult(message: BodyMember): void {
    const name = message.at('name');
    const id = this.legacy.get(name.text());
    if (id === undefined) throw name.fault('must name a function that was called before');
    this.legacy.delete(name.text());
    this.addResult(message, id);
  }

  /** Results of calls that were made together are one message. */
  private addResult(message: BodyMember, toolCallId: string): void {
    const toolName = this.called.get(toolCallId);
    if (toolName === undefined)
      throw message.at('tool_call_id').fault('must be the id of a tool call of a message before');
    const result: LanguageModelV4ToolResultPart = {
      type: 'tool-result',
      toolCallId,
      toolName,
      output: this.outputOf(message.at('content')),
      ...this.decoding.cacheIn(message),
    };
    const last = this.turns.at(-1);
    if (last?.role === 'tool') last.content.push(result);
    else this.turns.push({ role: 'tool', content: [result] });
  }

  private outputOf(content: BodyMember): LanguageModelV4ToolResultPart['output'] {
    if (!content.isGiven) return { type: 'text', value: '' };
    if (typeof content.value === 'string') return { type: 'text', value: content.value };
    return { type: 'content', value: contentParts(content, this.decoding) };
  }
}
