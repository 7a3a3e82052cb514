import type { LanguageModelV4Usage } from '@ai-sdk/provider';
import { readUsage } from '#libs/spend';
import { GOLDEN_USAGES } from '#support/golden-usages';
import { completionUsage } from './completion-usage.js';

type Raw = NonNullable<LanguageModelV4Usage['raw']>;

const UNTOLD: LanguageModelV4Usage = {
  inputTokens: {
    total: undefined,
    noCache: undefined,
    cacheRead: undefined,
    cacheWrite: undefined,
  },
  outputTokens: { total: undefined, text: undefined, reasoning: undefined },
};

/** Usage objects of chats. The endpoint of Gemini that calls itself compatible is relayed, not translated. */
const GOLDENS = GOLDEN_USAGES.filter(
  ({ units, source }) => 'output' in units && !source.endsWith('/gemini-api/docs/openai'),
);

const model = 'claude-sonnet-5';

function encoded(usage: Partial<LanguageModelV4Usage>, metadata = {}): unknown {
  return completionUsage({ usage: { ...UNTOLD, ...usage }, providerMetadata: metadata, model });
}

describe('the usage of a translated completion', () => {
  it.each(GOLDENS.map((golden) => [golden.provider, golden.source, golden] as const))(
    'has every unit that %s bills (%s)',
    (provider, _source, golden) => {
      const own = readUsage(golden.usage, provider);
      const billed = completionUsage({ usage: { ...UNTOLD, raw: golden.usage as Raw }, model });
      expect(readUsage(billed?.usage, provider)).toEqual(own);
      expect(own?.isSuspect).toBe(false);
    },
  );

  it('counts what was read from and written to a cache as part of the prompt, by the lifetime of the entry', () => {
    const usage: LanguageModelV4Usage = {
      inputTokens: { total: 4096, noCache: 2048, cacheRead: 1800, cacheWrite: 248 },
      outputTokens: { total: 503, text: 403, reasoning: 100 },
      raw: {
        input_tokens: 2048,
        cache_read_input_tokens: 1800,
        cache_creation_input_tokens: 248,
        cache_creation: { ephemeral_5m_input_tokens: 148, ephemeral_1h_input_tokens: 100 },
        output_tokens: 503,
        output_tokens_details: { thinking_tokens: 100 },
        service_tier: 'priority',
      },
    };
    const billed = completionUsage({ usage, model });
    expect(billed).toEqual({
      usage: {
        prompt_tokens: 4096,
        completion_tokens: 503,
        total_tokens: 4599,
        prompt_tokens_details: {
          cached_tokens: 1800,
          cache_creation_tokens: 248,
          cache_creation_token_details: {
            ephemeral_5m_input_tokens: 148,
            ephemeral_1h_input_tokens: 100,
          },
        },
        cache_creation_input_tokens: 248,
        cache_read_input_tokens: 1800,
        completion_tokens_details: { reasoning_tokens: 100 },
      },
      service_tier: 'priority',
    });
    expect(readUsage(billed?.usage, 'anthropic')).toEqual({
      usage: {
        inputTokens: 4096,
        cachedInputTokens: 1800,
        outputTokens: 503,
        details: { cacheWrite: 148, cacheWriteHour: 100, reasoning: 100 },
      },
      isSuspect: false,
    });
  });

  it('leaves out what the provider has not told, and keeps a zero that it has told', () => {
    expect(encoded({})).toBeNull();
    expect(encoded({ raw: { note: 'no counts' } })).toBeNull();
    const inputAlone = { total: 7, noCache: undefined, cacheRead: 0, cacheWrite: undefined };
    expect(encoded({ inputTokens: inputAlone })).toEqual({
      usage: {
        prompt_tokens: 7,
        prompt_tokens_details: { cached_tokens: 0 },
        cache_read_input_tokens: 0,
      },
    });
  });

  it('has the tokens of summaries of the context, whether the package or the gateway adds them up', () => {
    const raw = {
      input_tokens: 10,
      output_tokens: 5,
      iterations: [
        { type: 'compaction', input_tokens: 100, output_tokens: 20 },
        { type: 'message', input_tokens: 10, output_tokens: 5 },
      ],
    };
    const counts = { usage: { prompt_tokens: 110, completion_tokens: 25, total_tokens: 135 } };
    expect(encoded({ raw })).toEqual(counts);
    const added = {
      inputTokens: { ...UNTOLD.inputTokens, total: 110 },
      outputTokens: { ...UNTOLD.outputTokens, total: 25 },
    };
    expect(encoded({ ...added, raw })).toEqual(counts);
  });

  it('has the units that Cohere bills, not the tokens that its model saw', () => {
    const billed = encoded({
      inputTokens: { ...UNTOLD.inputTokens, total: 71, noCache: 71 },
      outputTokens: { ...UNTOLD.outputTokens, total: 418, text: 418 },
      raw: {
        billed_units: { input_tokens: 5, output_tokens: 418 },
        tokens: { input_tokens: 71, output_tokens: 418 },
      },
    });
    const usage = { prompt_tokens: 5, completion_tokens: 418, total_tokens: 423 };
    expect(billed).toEqual({ usage });
  });

  it('counts the searches of Gemini once, although its package names them twice', () => {
    const raw = { promptTokenCount: 5, candidatesTokenCount: 3, totalTokenCount: 8 };
    const grounding = { groundingMetadata: { webSearchQueries: ['a', 'b'] } };
    const metadata = { google: grounding, googleVertex: grounding };
    const searched = (name: string) =>
      completionUsage({ usage: { ...UNTOLD, raw }, providerMetadata: metadata, model: name });
    expect(searched('gemini-3-pro')?.usage['server_tool_use']).toEqual({ web_search_requests: 2 });
    expect(searched('gemini-2.5-pro')?.usage['server_tool_use']).toEqual({
      web_search_requests: 1,
    });
  });

  it('names the price class of the provider, wherever its package has it', () => {
    const counted = { inputTokens: { ...UNTOLD.inputTokens, total: 1 } };
    expect(encoded(counted, { openai: { serviceTier: 'flex' } })).toMatchObject({
      service_tier: 'flex',
    });
    expect(encoded(counted, { bedrock: { serviceTier: { type: 'priority' } } })).toMatchObject({
      service_tier: 'priority',
    });
    const raw = { promptTokenCount: 1, totalTokenCount: 1, trafficType: 'ON_DEMAND_FLEX' };
    expect(encoded({ ...counted, raw })).toMatchObject({ service_tier: 'flex' });
  });
});
