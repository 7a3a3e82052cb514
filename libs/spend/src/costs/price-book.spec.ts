import { aDeployment } from '#support/access-builders';
import { ManualClock } from '#support/manual-clock';
import { costOfUsage, isPricedFor } from './cost.js';
import { PriceBook } from './price-book.js';

const OPENAI = 'https://api.openai.com/v1';
const OPENROUTER = 'https://openrouter.ai/api/v1';
const GOOGLE = 'https://generativelanguage.googleapis.com/v1beta/openai';

describe('PriceBook', () => {
  const book = new PriceBook(new ManualClock());
  const decimal = (coefficient: bigint, scale: number): { coefficient: bigint; scale: number } => ({
    coefficient,
    scale,
  });

  const at = (provider: string, upstreamModel: string, apiBase: string) =>
    aDeployment({ provider, upstreamModel, apiBase });

  it('finds list prices as exact decimals per token', () => {
    const perSearch = decimal(10n, 3);
    expect(book.find(aDeployment({ upstreamModel: 'gpt-4o' }))).toEqual({
      input: decimal(25n, 7),
      cachedInput: decimal(125n, 8),
      output: decimal(10n, 6),
      searchLow: perSearch,
      searchMedium: perSearch,
      searchHigh: perSearch,
    });
  });

  it('knows Azure deployments by their base model, with and without its provider', () => {
    const azure = aDeployment({ provider: 'azure', upstreamModel: 'our-own-name' });
    expect(book.find(azure)).toBeNull();
    expect(book.find({ ...azure, baseModel: 'gpt-4o' })?.output).toEqual(decimal(10n, 6));
    expect(book.find({ ...azure, baseModel: 'azure/gpt-4o' })?.output).toEqual(decimal(10n, 6));
  });

  it('takes the prices of the deployment before the list', () => {
    const prices = { input: decimal(1n, 0), output: decimal(2n, 0) };
    expect(book.find(aDeployment({ upstreamModel: 'gpt-4o', prices }))).toBe(prices);
  });

  it('completes half a price from the list, but never the cached one of another input price', () => {
    const input = decimal(1n, 0);
    const half = book.find(aDeployment({ upstreamModel: 'gpt-4o', prices: { input } }));
    expect(half).toMatchObject({ input, output: decimal(10n, 6) });
    expect(half).not.toHaveProperty('cachedInput');
    const output = decimal(2n, 0);
    expect(book.find(aDeployment({ upstreamModel: 'gpt-4o', prices: { output } }))).toMatchObject({
      input: decimal(25n, 7),
      cachedInput: decimal(125n, 8),
      output,
    });
  });

  it('keeps an explicit zero', () => {
    const prices = { input: decimal(0n, 0), output: decimal(0n, 0) };
    const found = book.find(aDeployment({ upstreamModel: 'gpt-4o', prices }));
    expect(
      costOfUsage(found ?? {}, { inputTokens: 5, cachedInputTokens: 0, outputTokens: 5 }),
    ).toBe(0n);
  });

  it('takes the tiers of prices that depend on the length', () => {
    const found = book.find(at('gemini', 'gemini-2.5-pro', GOOGLE));
    expect(found).toMatchObject({
      input: decimal(125n, 8),
      cachedInput: decimal(125n, 9),
      output: decimal(10n, 6),
      tiers: [
        {
          above: 200_000,
          prices: {
            input: decimal(25n, 7),
            cachedInput: decimal(25n, 8),
            output: decimal(15n, 6),
          },
        },
      ],
    });
  });

  it('takes the prices of cache writes, which differ by lifetime', () => {
    const found = book.find(
      at('anthropic', 'claude-sonnet-4-20250514', 'https://api.anthropic.com/v1'),
    );
    expect(found).toMatchObject({ cacheWrite: decimal(375n, 8), cacheWriteHour: decimal(6n, 6) });
  });

  it('takes a price for each request, which includes its searches', () => {
    const found = book.find(at('perplexity', 'sonar', 'https://api.perplexity.ai'));
    const usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };
    const searched = { ...usage, details: { searchMedium: 3 } };
    expect(costOfUsage(found ?? {}, usage)).toBe(12_000_000_000n);
    expect(costOfUsage(found ?? {}, searched)).toBe(12_000_000_000n);
    expect(isPricedFor(found, searched)).toBe(true);
  });

  it('charges discount and margin on prices of the list and of the configuration, and keeps the same object', () => {
    const adjustment = {
      discount: decimal(5n, 1),
      margin: decimal(0n, 0),
      fixedUsd: decimal(0n, 0),
    };
    const listed = aDeployment({ upstreamModel: 'gpt-4o', adjustment });
    const used = { inputTokens: 2, cachedInputTokens: 0, outputTokens: 0 };
    expect(costOfUsage(book.find(listed) ?? {}, used)).toBe(2_500_000n);
    expect(book.find(listed)).toBe(book.find(listed));
    const own = { input: decimal(1n, 0), output: decimal(1n, 0) };
    expect(costOfUsage(book.find({ ...listed, prices: own }) ?? {}, used)).toBe(10n ** 12n);
    expect(book.find(aDeployment({ upstreamModel: 'none', adjustment }))).toBeNull();
  });

  it('leaves out every special price and tier of the list that belongs to a replaced price', () => {
    const input = decimal(1n, 0);
    const gemini = at('gemini', 'gemini-2.5-pro', GOOGLE);
    expect(book.find({ ...gemini, prices: { input } })).toEqual({
      input,
      output: decimal(10n, 6),
      tiers: [{ above: 200_000, prices: { output: decimal(15n, 6) } }],
    });
  });

  it.each([
    ['openai', 'gpt-4o', 'http://10.0.0.7:8000/v1'],
    ['openai', 'gpt-4o', 'https://llm.acme.example/v1'],
    ['openai', 'gpt-4o', 'https://api.openai.com.acme.example/v1'],
    ['openai', 'gpt-4o', 'https://llm.acme.example/https://api.openai.com/v1'],
    ['openai', 'openai/gpt-4o', 'http://10.0.0.7:8000/v1'],
    ['deepseek', 'deepseek-chat', 'http://10.0.0.7:8000/v1'],
    ['azure', 'gpt-4o', 'https://llm.acme.example'],
    ['hosted_vllm', 'gpt-4o', OPENAI],
    ['hosted_vllm', 'openai/gpt-4o', 'http://10.0.0.7:8000/v1'],
    ['ollama', 'deepseek-chat', 'http://localhost:11434/v1'],
    ['custom_openai', 'gpt-4o', 'http://10.0.0.7:8000/v1'],
    ['openai_like', 'gpt-4o', OPENAI],
    ['litellm_proxy', 'gpt-4o', 'http://10.0.0.7:4000'],
    ['groq', 'openai/gpt-4o', 'https://api.groq.com/openai/v1'],
  ])('has no price for %s/%s at %s', (provider, model, apiBase) => {
    expect(book.find(at(provider, model, apiBase))).toBeNull();
  });

  it.each([
    ['openrouter', 'meta-llama/llama-3.3-70b-instruct:free', OPENROUTER],
    ['openrouter', 'meta-llama/llama-3.3-70b-instruct:nitro', OPENROUTER],
    ['openrouter', 'openai/gpt-4o:nitro', OPENROUTER],
    ['openrouter', 'openai/gpt-4o:floor', OPENROUTER],
    ['openrouter', 'openai/gpt-4o:online', OPENROUTER],
    ['openrouter', 'openai/gpt-4o:exacto', OPENROUTER],
    ['openrouter', 'openai/gpt-4o-mini:extended', OPENROUTER],
    ['openrouter', 'deepseek/deepseek-r1:free', OPENROUTER],
    ['anthropic', 'claude-3-5-sonnet-acme', 'https://api.anthropic.com/v1'],
    ['openai', 'gpt-4o-acme', OPENAI],
    ['openai', 'gpt-4o:free', OPENAI],
    ['openai', 'no-such-model', OPENAI],
  ])('has no price for a variant that is not listed: %s/%s', (provider, model, apiBase) => {
    expect(book.find(at(provider, model, apiBase))).toBeNull();
  });

  it.each([
    ['openai', 'gpt-4o-2024-08-06', OPENAI, 25n, 7],
    ['openai', 'ft:gpt-4o-2024-08-06:acme:name:id', OPENAI, 375n, 8],
    ['openai', 'ft:gpt-3.5-turbo-0125:acme::id', OPENAI, 3n, 6],
    ['anthropic', 'claude-sonnet-4-20250514', 'https://api.anthropic.com/v1', 3n, 6],
    ['anthropic', 'claude-3-5-sonnet-latest', 'https://api.anthropic.com/v1', 3n, 6],
    ['openrouter', 'openai/gpt-4o', OPENROUTER, 25n, 7],
    ['openrouter', 'anthropic/claude-3.7-sonnet:thinking', OPENROUTER, 3n, 6],
    ['openrouter', 'openai/gpt-4o:extended', OPENROUTER, 6n, 6],
    ['azure', 'gpt-4o', 'https://acme.openai.azure.com', 25n, 7],
    ['mistral', 'mistral-large-latest', 'https://api.mistral.ai/v1', 2n, 6],
    ['xai', 'grok-4', 'https://api.x.ai/v1', 3n, 6],
    ['moonshot', 'kimi-k2-0711-preview', 'https://api.moonshot.ai/v1', 6n, 7],
    ['codestral', 'codestral-latest', 'https://codestral.mistral.ai/v1', 3n, 7],
  ])('has the price of %s/%s at %s', (...[provider, model, apiBase, coefficient, scale]) => {
    expect(book.find(at(provider, model, apiBase))?.input).toEqual(decimal(coefficient, scale));
  });

  it('takes base_model for the operator’s word, wherever the model is served', () => {
    const own = at('openai', 'gpt-4o', 'http://10.0.0.7:8000/v1');
    expect(book.find({ ...own, baseModel: 'gpt-4o' })?.output).toEqual(decimal(10n, 6));
    const vllm = at('hosted_vllm', 'our-name', 'http://10.0.0.7:8000/v1');
    expect(book.find({ ...vllm, baseModel: 'gpt-4o' })).toBeNull();
    expect(book.find({ ...vllm, baseModel: 'openai/gpt-4o' })?.output).toEqual(decimal(10n, 6));
  });

  it('takes the prices of the deployment at any address', () => {
    const prices = { input: decimal(1n, 6), output: decimal(2n, 6) };
    const free = at('openrouter', 'deepseek/deepseek-r1:free', OPENROUTER);
    expect(book.find({ ...free, prices })).toBe(prices);
    expect(book.find({ ...free, prices: { input: decimal(1n, 6) } })).toEqual({
      input: decimal(1n, 6),
    });
  });
});
