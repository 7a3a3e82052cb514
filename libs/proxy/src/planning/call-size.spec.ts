import fc from 'fast-check';
import { parseDecimal, scanJsonObject, type ExactDecimal } from '#libs/common';
import type { DeploymentSettings, ModelPrices } from '#libs/config';
import { costOfUsage, reservationRangeOf, type UsageDetails } from '#libs/spend';
import { aDeployment } from '#support/access-builders';
import { chatCompletions } from '../endpoints/openai/chat-completions.endpoint.js';
import { completions } from '../endpoints/openai/completions.endpoint.js';
import type { Endpoint } from '../endpoints/request/endpoint.js';
import { sizeOf } from './call-size.js';
import { UpstreamBodies } from './upstream-bodies.js';

const usd = (text: string): ExactDecimal => parseDecimal(text) ?? { coefficient: 0n, scale: 0 };
const CONTEXT = 128_000;
/** Written into the cache for an hour is the dearest kind of input, sound of output. */
const prices: ModelPrices = {
  input: usd('1e-6'),
  cacheWriteHour: usd('2e-6'),
  output: usd('1e-5'),
  outputAudio: usd('8e-5'),
  searchMedium: usd('1'),
  tiers: [{ above: 50_000, prices: { input: usd('4e-6'), output: usd('2e-5') } }],
  serviceTiers: { priority: { input: usd('3e-6'), outputAudio: usd('9e-5') } },
};

function rangeOf(
  endpoint: Endpoint,
  body: object,
  deployment: DeploymentSettings = aDeployment(),
  contextTokens: number | null = CONTEXT,
) {
  const scan = scanJsonObject(Buffer.from(JSON.stringify({ model: 'm', ...body })));
  const request = endpoint.read(scan, null);
  const bodies = new UpstreamBodies(endpoint, request);
  const size = sizeOf({ endpoint, request, bodies });
  const bounds = size.boundsAt(deployment, { contextTokens: () => contextTokens });
  const { serviceTier } = size;
  const defaultReservationUsd = usd('0.05');
  return reservationRangeOf({ ...bounds, prices, serviceTier, defaultReservationUsd });
}

interface Part {
  readonly part: object;
  /** The most tokens that the upstream counts for it. */
  readonly most: number;
}

const parts: fc.Arbitrary<Part> = fc.oneof(
  fc.string().map((text) => ({ part: { type: 'text', text }, most: Buffer.byteLength(text) })),
  fc
    .constantFrom('https://a.example/b', `data:image/png;base64,${'A'.repeat(4_000)}`)
    .map((url) => ({ part: { type: 'image_url', image_url: { url } }, most: 48_169 })),
  fc
    .constantFrom({ file_id: 'f' }, { file_url: 'https://a.example' }, { file_data: 'AAAA' })
    .map((file) => ({ part: { type: 'file', file }, most: CONTEXT })),
);
const chats = fc.record({
  content: fc.array(parts, { maxLength: 5 }),
  maxTokens: fc.integer({ min: 1, max: 5_000 }),
  name: fc.constantFrom('max_tokens', 'max_completion_tokens'),
  n: fc.integer({ min: 1, max: 4 }),
  tier: fc.constantFrom(undefined, 'auto', 'priority', 'default'),
  searches: fc.constantFrom(0, 3),
  prediction: fc.string(),
});
const used = fc.record({ input: fc.nat({ max: 100 }), output: fc.nat({ max: 100 }) });

describe('what is held for a call', () => {
  it('is never less than what any usage within its bounds costs, with pictures, files, searches and predictions', () => {
    fc.assert(
      fc.property(chats, used, fc.boolean(), (chat, share, isPriority) => {
        const tools = [{ type: 'web_search', max_uses: chat.searches }];
        const { mostPico, leastPico } = rangeOf(chatCompletions, {
          messages: [{ role: 'user', content: chat.content.map(({ part }) => part) }],
          [chat.name]: chat.maxTokens,
          n: chat.n,
          ...(chat.tier === undefined ? {} : { service_tier: chat.tier }),
          ...(chat.searches === 0 ? {} : { tools }),
          prediction: { type: 'content', content: chat.prediction },
        });
        const whole = chat.content.reduce((sum, { most }) => sum + most, 0);
        const pages = chat.searches === 0 ? 0 : CONTEXT;
        // The upstream refuses a call beyond its context.
        const inputTokens = Math.floor((Math.min(CONTEXT, whole + pages) * share.input) / 100);
        const longest = (chat.maxTokens + Buffer.byteLength(chat.prediction)) * chat.n;
        const outputTokens = Math.floor((longest * share.output) / 100);
        const details: UsageDetails = {
          cacheWriteHour: inputTokens,
          outputAudio: outputTokens,
          searchMedium: chat.searches,
        };
        const asked = chat.tier ?? 'auto';
        const serviceTier = isPriority && asked !== 'default' ? 'priority' : null;
        const usage = { inputTokens, cachedInputTokens: 0, outputTokens, details };
        expect(costOfUsage(prices, usage, { serviceTier, at: null }) <= mostPico).toBe(true);
        expect(leastPico).toBe(mostPico);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['a file of a model whose context is not known', { type: 'file', file: { file_id: 'f' } }],
  ])('is the default reservation at least for %s', (_what, part) => {
    const body = { messages: [{ role: 'user', content: [part] }], max_tokens: 1 };
    const { mostPico, leastPico } = rangeOf(chatCompletions, body, aDeployment(), null);
    expect(mostPico).toBe(50_000_000_000n);
    expect(leastPico < mostPico).toBe(true);
  });

  it('is the known output limit of the model where the request sets none', () => {
    const body = { messages: [], n: 2 };
    const deployment = aDeployment({ maxOutputTokens: 1_000 });
    const { mostPico, leastPico } = rangeOf(chatCompletions, body, deployment);
    expect(leastPico).toBe(mostPico);
    expect(mostPico > 2_000n * 90_000_000n).toBe(true);
  });

  it('is the output of every prompt and every choice of a completion', () => {
    const body = { prompt: ['a', 'b', 'c'], best_of: 2 };
    const deployment = aDeployment({ maxOutputTokens: 1_000 });
    expect(rangeOf(completions, body, deployment).leastPico > 6_000n * 90_000_000n).toBe(true);
  });
});
