import type { FakeBehaviour } from './fake-behaviour.js';
import type { FakeTokens } from './fake-completion.js';
import type { OperationBody } from './fake-operations.js';

/** Members of a request that decide about the response. */
export interface ChatBody extends OperationBody {
  readonly model?: string;
  readonly user?: string;
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
  readonly messages?: readonly { readonly content?: unknown }[];
  readonly fake_upstream?: FakeBehaviour;
}

/** Reads a request, JSON or a form. */
export function parsed(bytes: Buffer): ChatBody {
  try {
    return JSON.parse(bytes.toString('utf8')) as ChatBody;
  } catch {
    return fieldsOf(bytes.toString('latin1'));
  }
}

/** The fields of a form that decide about the response. */
function fieldsOf(form: string): ChatBody {
  const field = (name: string): string | undefined =>
    new RegExp(`name="${name}"\\r\\n\\r\\n([^\\r]*)`, 'i').exec(form)?.[1];
  const [model, user] = [field('model'), field('user')];
  return {
    ...(model === undefined ? {} : { model }),
    ...(user === undefined ? {} : { user }),
    stream: field('stream') === 'true',
  };
}

/** The tokens that a call is billed. */
export function tokensOf(chat: ChatBody, behaviour: FakeBehaviour): FakeTokens {
  const words = echoOf(chat).split(/\s+/).length;
  const promptTokens = behaviour.promptTokens ?? words + 7;
  return {
    promptTokens,
    cachedTokens: behaviour.cachedTokens ?? 0,
    completionTokens: behaviour.completionTokens ?? behaviour.chunks ?? 3,
  };
}

/** The last message's text, which every answer repeats, so that answers can be told apart. */
export function echoOf({ messages }: ChatBody): string {
  const content = messages?.at(-1)?.content;
  return typeof content === 'string' ? content.slice(0, 200) : '';
}
