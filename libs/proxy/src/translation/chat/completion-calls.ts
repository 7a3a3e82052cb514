import type { LanguageModelV4StreamPart, LanguageModelV4ToolCall } from '@ai-sdk/provider';
import { argumentsOf, callOf, signatureOf, type CallSignature } from './completion-content.js';

type CallStart = Extract<LanguageModelV4StreamPart, { type: 'tool-input-start' }>;

/** A fragment of a call, by its place among the calls of the response. */
export interface CallDelta {
  readonly index: number;
  readonly id?: string;
  readonly type?: 'function';
  readonly function?: { readonly name?: string; readonly arguments: string };
  readonly provider_specific_fields?: CallSignature;
}

/** A call of which fragments were sent. */
interface SentCall {
  readonly index: number;
  arguments: string;
  isSigned: boolean;
}

/** Numbers the calls of a stream in the order in which they begin, and remembers what the client has of each. */
export class CompletionCalls {
  private readonly sent = new Map<string, SentCall>();

  /** True when the client has been handed a call. */
  get hasAny(): boolean {
    return this.sent.size > 0;
  }

  /** Returns the first fragment of a call, with its name; `null` where the provider runs the tool itself. */
  start({ id, toolName, providerExecuted, providerMetadata }: CallStart): CallDelta | null {
    if (providerExecuted === true || this.sent.has(id)) return null;
    const signature = signatureOf(providerMetadata);
    const { index } = this.add(id, '', 'provider_specific_fields' in signature);
    const named = { name: toolName, arguments: '' };
    return { index, id, type: 'function', function: named, ...signature };
  }

  /** Returns a fragment of the arguments of a call that has begun; `null` for another one. */
  grow(id: string, fragment: string): CallDelta | null {
    const call = this.sent.get(id);
    if (call === undefined || fragment === '') return null;
    call.arguments += fragment;
    return { index: call.index, function: { arguments: fragment } };
  }

  /** Returns what the client does not have yet of a call that is whole: all of one that has not begun. */
  complete(call: LanguageModelV4ToolCall): CallDelta | null {
    if (call.providerExecuted === true) return null;
    const sent = this.sent.get(call.toolCallId);
    if (sent === undefined) {
      const whole = callOf(call);
      const isSigned = 'provider_specific_fields' in whole;
      const { index } = this.add(whole.id, whole.function.arguments, isSigned);
      return { index, ...whole };
    }
    const signature = sent.isSigned ? {} : signatureOf(call.providerMetadata);
    sent.isSigned ||= 'provider_specific_fields' in signature;
    const rest = this.grow(call.toolCallId, restOf(argumentsOf(call), sent.arguments));
    if (rest === null && !('provider_specific_fields' in signature)) return null;
    return { index: sent.index, ...rest, ...signature };
  }

  private add(id: string, sentArguments: string, isSigned: boolean): SentCall {
    const call = { index: this.sent.size, arguments: sentArguments, isSigned };
    this.sent.set(id, call);
    return call;
  }
}

/** What has been sent cannot be taken back: where a package has written the arguments anew, the fragments stay. */
function restOf(whole: string, sent: string): string {
  return whole.startsWith(sent) ? whole.slice(sent.length) : '';
}
