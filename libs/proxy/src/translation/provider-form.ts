import type { JSONObject, JSONSchema7, SharedV4ProviderOptions } from '@ai-sdk/provider';
import { given } from './body-member.js';

/** How much a model shall think, in the form of Anthropic and LiteLLM. */
export interface Thinking {
  readonly type: 'enabled' | 'disabled' | 'adaptive';
  /** Tokens that it may think. */
  readonly budgetTokens: number | undefined;
  readonly display: 'omitted' | 'summarized' | undefined;
}

/** What proves to a provider that its model has thought this, or holds what it thought. */
export type ReasoningProof = { readonly signature: string } | { readonly redactedData: string };

/** Options of a provider's package for what the interface of all models has no member for. */
export interface ProviderForm {
  /** Options that mark the end of what the provider shall keep in its prompt cache. */
  readonly cache?: (control: JSONObject) => SharedV4ProviderOptions;
  /** Options of a reasoning part with a proof; `null` where the provider has no such proof. */
  readonly proof?: (proof: ReasoningProof) => SharedV4ProviderOptions | null;
  /** Options of a tool call that the model has signed. */
  readonly signedCall?: (signature: string) => SharedV4ProviderOptions;
  readonly thinking?: (thinking: Thinking) => SharedV4ProviderOptions;
  /** Options that allow one tool call in each response. */
  readonly oneToolCall?: SharedV4ProviderOptions;
  /** Schema that stands for "any JSON object", where a package ignores JSON output without a schema. */
  readonly anyJson?: JSONSchema7;
  /** Parameters of the chat that the provider has no place for, though the interface of all models has. */
  readonly lacks?: readonly string[];
}

const WITHOUT_SEED = ['seed', 'presence_penalty', 'frequency_penalty'];

/** An object of any members: packages write it as a tool, because structured output would close it. */
const ANY_OBJECT: JSONSchema7 = { type: 'object', additionalProperties: true };

/** `@ai-sdk/anthropic`, also behind Vertex AI. */
const ANTHROPIC: ProviderForm = {
  cache: (control) => ({ anthropic: { cacheControl: control } }),
  proof: (proof) => ({ anthropic: { ...proof } }),
  thinking: ({ type, budgetTokens, display }) => ({
    anthropic: {
      thinking: {
        type,
        ...(type === 'enabled' ? given({ budgetTokens }) : {}),
        ...(type === 'adaptive' ? given({ display }) : {}),
      },
    },
  }),
  oneToolCall: { anthropic: { disableParallelToolUse: true } },
  anyJson: ANY_OBJECT,
  lacks: WITHOUT_SEED,
};

/** `@ai-sdk/amazon-bedrock`, which reads some options of Claude under Anthropic's name. */
const BEDROCK: ProviderForm = {
  cache: ({ ttl }) => ({ amazonBedrock: { cachePoint: { type: 'default', ...given({ ttl }) } } }),
  proof: (proof) => ({
    // The member of Converse for such thoughts is `redactedContent`.
    amazonBedrock: 'signature' in proof ? { ...proof } : { redactedContent: proof.redactedData },
  }),
  thinking: (thinking) => ({ amazonBedrock: { reasoningConfig: given({ ...thinking }) } }),
  oneToolCall: { anthropic: { disableParallelToolUse: true } },
  anyJson: ANY_OBJECT,
  lacks: WITHOUT_SEED,
};

/** `@ai-sdk/google` and `@ai-sdk/google-vertex`; Vertex reads Google's name, too. */
const GOOGLE: ProviderForm = {
  proof: (proof) =>
    'signature' in proof ? { google: { thoughtSignature: proof.signature } } : null,
  signedCall: (signature) => ({ google: { thoughtSignature: signature } }),
  thinking: ({ type, budgetTokens }) => ({
    google: {
      thinkingConfig:
        type === 'disabled'
          ? { thinkingBudget: 0 }
          : { includeThoughts: true, ...given({ thinkingBudget: budgetTokens }) },
    },
  }),
};

function oneByFlag(name: string): ProviderForm {
  return { oneToolCall: { [name]: { parallelToolCalls: false } } };
}

const FORMS: Readonly<Record<string, ProviderForm>> = {
  anthropic: ANTHROPIC,
  amazonBedrock: BEDROCK,
  bedrock: BEDROCK,
  google: GOOGLE,
  googleVertex: GOOGLE,
  vertex: GOOGLE,
  groq: oneByFlag('groq'),
  mistral: { ...oneByFlag('mistral'), lacks: ['top_k'] },
};

/**
 * Returns the form of a provider's options; an empty one for an unknown provider.
 * @param name under which the package reads its options, for example `anthropic`
 */
export function providerForm(name: string): ProviderForm {
  return Object.hasOwn(FORMS, name) ? (FORMS[name] ?? {}) : {};
}

/** Returns options of both; empty for none. */
export function mergedOptions(
  ...all: readonly (SharedV4ProviderOptions | undefined)[]
): SharedV4ProviderOptions {
  const merged: SharedV4ProviderOptions = {};
  for (const options of all)
    for (const [name, values] of Object.entries(options ?? {}))
      merged[name] = { ...merged[name], ...values };
  return merged;
}
