import { parseDecimal } from '#libs/common';
import { settingsFromYaml, type ModelPrices } from '#libs/config';
import { BY_INPUT_TOKENS, BY_TOKENS } from '#libs/spend';
import { aDeployment, anAccessContext } from '#support/access-builders';
import { UNKNOWN_SIZE } from './call-size.js';
import { costRequestOf } from './cost-request.js';

const one = parseDecimal('1') ?? undefined;
const prices = (given: { readonly input?: boolean; readonly output?: boolean }): ModelPrices => ({
  ...(given.input === true && one !== undefined ? { input: one } : {}),
  ...(given.output === true && one !== undefined ? { output: one } : {}),
});

describe('costRequestOf', () => {
  it.each([
    ['chat', BY_TOKENS, ['half', 'none']],
    ['embeddings', BY_INPUT_TOKENS, ['none']],
  ])('names the deployments without a known price of what %s bills', (_kind, billing, unpriced) => {
    const priceBook = {
      find: ({ id }: { readonly id: string }) =>
        id === 'none' ? null : prices({ input: true, output: id === 'full' }),
      contextTokens: () => null,
    };
    const deployments = ['full', 'half', 'none'].map((id) => aDeployment({ id }));
    const request = costRequestOf(
      {
        access: anAccessContext(),
        group: { name: 'chat', deployments },
        settings: settingsFromYaml(''),
        size: UNKNOWN_SIZE,
        billing,
      },
      priceBook,
    );
    expect([...request.unpriced].map(({ id }) => id)).toEqual(unpriced);
  });
});
