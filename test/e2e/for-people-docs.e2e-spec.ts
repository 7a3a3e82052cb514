import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXAMPLES } from '#gateway/openapi/examples';
import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { A_FORM, formText } from '#support/recording';

type Form = Readonly<Record<string, unknown>>;

interface Operation {
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly example?: string;
  }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly example?: unknown }>>;
  };
}

const document = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../docs/reference/openapi.json'), 'utf8'),
) as { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> };

type Content = NonNullable<Operation['requestBody']>['content'];

function bodiesOf(content: Content): { body: unknown; form: Form | undefined } {
  const form = content['multipart/form-data']?.example as Form | undefined;
  return { body: content['application/json']?.example, form };
}

/** What Swagger UI sends when its button is pressed without a change. */
function requestOf(name: string): {
  method: string;
  target: string;
  body: unknown;
  form: Form | undefined;
} {
  const [method = '', path = ''] = name.split(' ');
  const operation = document.paths[path]?.[method.toLowerCase()];
  const given = (operation?.parameters ?? []).filter(({ example }) => example !== undefined);
  const target = given
    .filter((one) => one.in === 'path')
    .reduce((text, { name: one, example = '' }) => text.replace(`{${one}}`, example), path);
  const query = new URLSearchParams(
    given.filter((one) => one.in === 'query').map(({ name: one, example = '' }) => [one, example]),
  ).toString();
  const content = operation?.requestBody?.content ?? {};
  return { method, target: query === '' ? target : `${target}?${query}`, ...bodiesOf(content) };
}

describe('the examples of /docs, sent as they stand to a fresh gateway', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      models: `
  - model_name: gpt-4o
    litellm_params: { model: openai/gpt-4o, api_base: ${upstream.url}/v1, api_key: upstream-secret,
      input_cost_per_token: 0.0000025, output_cost_per_token: 0.00001 }
  - model_name: gemini-2.5-flash
    litellm_params: { model: gemini/gemini-2.5-flash, api_base: ${upstream.url}, api_key: upstream-secret,
      input_cost_per_token: 0.0000003, output_cost_per_token: 0.0000025 }
  - model_name: claude-sonnet-4-5
    litellm_params: { model: anthropic/claude-sonnet-4-5, api_base: ${upstream.url}, api_key: upstream-secret,
      input_cost_per_token: 0.000003, output_cost_per_token: 0.000015 }`,
    });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  it.each(EXAMPLES.map(({ operation }) => operation))('%s', async (name) => {
    const { method, target, body, form } = requestOf(name);
    const response = await Client.admin(gateway.url).send(
      method,
      target,
      form === undefined
        ? body === undefined
          ? {}
          : { body }
        : { ...A_FORM, body: formText(form) },
    );
    expect([response.status, response.status < 300 ? '' : response.text]).toEqual([200, '']);
  });
});
