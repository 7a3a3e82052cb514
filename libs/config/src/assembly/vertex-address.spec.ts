import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { refusalOf } from '#support/config-outcome';
import { deploymentOf, withParams } from '#support/deployment-settings';

const account = (more: object = {}): string =>
  JSON.stringify({
    ...{ type: 'service_account', project_id: 'own', client_email: 'a@b.example' },
    ...{ private_key: 'secret-of-the-file', ...more },
  });
const params = (more: string): string => `model: vertex_ai/gemini-2.5-pro, ${more}`;
const file = (text: string): string =>
  `model_list: [{ model_name: m, litellm_params: { ${params(text)} } }]`;

describe('the address of a model at Vertex AI', () => {
  it.each([
    ['', 'https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1'],
    [
      'vertex_location: europe-west4',
      'https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/europe-west4',
    ],
    ['vertex_location: global', 'https://aiplatform.googleapis.com/v1/projects/p/locations/global'],
    ['vertex_location: eu', 'https://aiplatform.eu.rep.googleapis.com/v1/projects/p/locations/eu'],
    [
      'vertex_location: eu, api_base: "http://h.example:81/a"',
      'http://h.example:81/a/v1/projects/p/locations/eu',
    ],
    [
      'vertex_location: eu, api_base: "https://h.example/v1beta1"',
      'https://h.example/v1beta1/projects/p/locations/eu',
    ],
    [
      'api_base: "https://h.example/v1/projects/x/locations/y/publishers/google/models/z"',
      'https://h.example/v1/projects/x/locations/y/publishers/google/models/z',
    ],
  ])('with %s is %s', (more, apiBase) => {
    const found = deploymentOf(params(`vertex_project: p, ${more}`));
    expect(found).toMatchObject({
      ...{ apiBase, provider: 'vertex_ai', dialect: 'vertex-google' },
      cloud: { kind: 'google', credentials: null },
    });
  });

  it('takes project, location and credentials from the variables of LiteLLM', () => {
    const env = {
      ...{ VERTEXAI_PROJECT: 'p', VERTEXAI_LOCATION: 'global', VERTEXAI_CREDENTIALS: account() },
    };
    expect(deploymentOf('model: vertex_ai/claude-sonnet-4-5@20250929', env)).toMatchObject({
      apiBase: 'https://aiplatform.googleapis.com/v1/projects/p/locations/global',
      ...{ dialect: 'vertex-anthropic', cloud: { credentials: account() } },
    });
  });

  it('takes the project of the credentials, which are a text, a mapping or a file', () => {
    const directory = mkdtempSync(join(tmpdir(), 'google-'));
    const path = join(directory, 'account.json');
    writeFileSync(path, account());
    for (const [written, env] of [
      [`'${account()}'`, {}],
      [account(), {}],
      [`"${path}"`, {}],
      ['os.environ/CREDENTIALS', { CREDENTIALS: account() }],
    ] as const)
      expect(deploymentOf(params(`vertex_credentials: ${written}`), env)).toMatchObject({
        apiBase: expect.stringContaining('/projects/own/') as string,
        cloud: { credentials: account() },
      });
    rmSync(directory, { recursive: true });
  });

  it.each([
    ['vertex_location: eu', 'vertex_project is missing'],
    ['vertex_credentials: /does/not/exist', 'vertex_credentials is neither JSON nor the path'],
    [`vertex_credentials: '{"type":'`, 'vertex_credentials is not a JSON object'],
    ['vertex_credentials: { project_id: x }', 'vertex_credentials is not a credentials file'],
    [
      'vertex_credentials: { type: service_account, private_key: secret-of-the-file }',
      'without client_email',
    ],
    [
      `vertex_credentials: ${account({ token_uri: 'http://evil.example/token' })}`,
      'an address for tokens that is not https',
    ],
    ['vertex_project: a/b', 'cannot be part of an address'],
    ['vertex_credentials: [a]', 'vertex_credentials'],
  ])('is refused with %s', (more, problem) => {
    const refusal = refusalOf(file(more));
    expect(refusal).toContain(problem);
    expect(refusal).not.toContain('secret-of-the-file');
  });

  it('is refused for a model of another publisher', () => {
    const other = 'model: vertex_ai/llama-4, vertex_project: p';
    expect(refusalOf(`model_list: [{ model_name: m, litellm_params: { ${other} } }]`)).toContain(
      'names a model of Vertex AI that this version of Gatehouse cannot call yet',
    );
  });

  it('never prints its credentials', () => {
    const settings = withParams(params(`vertex_credentials: ${account()}`));
    expect(JSON.stringify(settings) + inspect(settings, { depth: 9 })).not.toContain('secret-of');
  });
});
