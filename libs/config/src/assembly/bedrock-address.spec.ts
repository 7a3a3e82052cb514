import { inspect } from 'node:util';
import { refusalOf } from '#support/config-outcome';
import { deploymentOf, withParams } from '#support/deployment-settings';

const file = (params: string): string =>
  `model_list: [{ model_name: m, litellm_params: { ${params} } }]`;
const MODEL = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
const ACCOUNT = 'arn:aws:bedrock:eu-west-3:123456789012';
const runtime = (region: string): string => `https://bedrock-runtime.${region}.amazonaws.com`;

describe('the address of a model at Amazon Bedrock', () => {
  it.each([
    [`bedrock/${MODEL}`, MODEL, 'us-west-2'],
    [`bedrock/invoke/${MODEL}`, MODEL, 'us-west-2'],
    [`bedrock/converse/eu.${MODEL}`, `eu.${MODEL}`, 'us-west-2'],
    [`bedrock/us-gov-west-1/${MODEL}`, MODEL, 'us-gov-west-1'],
    [`bedrock/invoke/ap-northeast-1/${MODEL}`, MODEL, 'ap-northeast-1'],
    [
      `bedrock/${ACCOUNT}:inference-profile/eu.${MODEL}`,
      `${ACCOUNT}:inference-profile/eu.${MODEL}`,
      'eu-west-3',
    ],
    [
      `bedrock/${ACCOUNT}:application-inference-profile/a1b2`,
      `${ACCOUNT}:application-inference-profile/a1b2`,
      'eu-west-3',
    ],
  ])('of %s is that of its region', (model, upstreamModel, region) => {
    expect(deploymentOf(`model: "${model}"`)).toMatchObject({
      ...{ apiBase: runtime(region), provider: 'bedrock', dialect: 'bedrock-anthropic' },
      ...{ upstreamModel, apiKey: null },
      cloud: { kind: 'amazon', region, keys: null, profile: null, role: null },
    });
  });

  it('takes region and address of the entry, else of the environment', () => {
    const env = { AWS_REGION: 'sa-east-1', AWS_BEDROCK_RUNTIME_ENDPOINT: 'https://vpce.example/' };
    const found = (more: string) => deploymentOf(`model: "bedrock/${MODEL}"${more}`, env);
    expect(found('')).toMatchObject({
      ...{ apiBase: 'https://vpce.example', cloud: { region: 'sa-east-1' } },
    });
    expect(
      found(', aws_region_name: eu-west-1, aws_bedrock_runtime_endpoint: "http://h:81/a"'),
    ).toMatchObject({ apiBase: 'http://h:81/a', cloud: { region: 'eu-west-1' } });
    expect(found(', api_base: "https://b.example"')).toMatchObject({
      apiBase: 'https://b.example',
    });
  });

  it('has the key of the entry, else of the environment where neither address nor sign-in is written', () => {
    const env = { AWS_BEARER_TOKEN_BEDROCK: 'key-of-the-environment' };
    const found = (more: string) => deploymentOf(`model: "bedrock/${MODEL}"${more}`, env);
    expect(found('').apiKey).toBe('key-of-the-environment');
    expect(found('')).not.toHaveProperty('cloud');
    expect(found(', api_key: own').apiKey).toBe('own');
    for (const more of [
      'api_base: "https://b.example"',
      'aws_bedrock_runtime_endpoint: "https://b.example"',
      'aws_profile_name: p',
      'aws_role_name: "arn:aws:iam::1:role/r"',
      'aws_access_key_id: a, aws_secret_access_key: b',
    ])
      expect(found(`, ${more}`)).toMatchObject({ apiKey: null, cloud: { kind: 'amazon' } });
  });

  it('is signed with what the entry names', () => {
    const cloud = (more: string, env = {}) =>
      deploymentOf(`model: "bedrock/${MODEL}", ${more}`, env).cloud;
    expect(
      cloud('aws_access_key_id: a, aws_secret_access_key: b, aws_session_token: c'),
    ).toMatchObject({ keys: { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' } });
    const role = 'aws_role_name: "arn:aws:iam::1:role/r"';
    expect(
      cloud(`${role}, aws_session_name: s-1, aws_external_id: x, aws_sts_endpoint: "http://s"`),
    ).toMatchObject({
      tokenService: 'http://s',
      role: { arn: 'arn:aws:iam::1:role/r', sessionName: 's-1', externalId: 'x' },
    });
    for (const [token, webIdentity] of [
      ['oidc/file//var/run/token', { file: '/var/run/token' }],
      ['oidc/env_path/TOKEN_PATH', { file: '/run/t' }],
      ['oidc/env/TOKEN', { token: 'text' }],
      ['eyJ.a.b', { token: 'eyJ.a.b' }],
    ] as const)
      expect(
        cloud(`${role}, aws_web_identity_token: "${token}"`, {
          ...{ TOKEN: 'text', TOKEN_PATH: '/run/t' },
        }),
      ).toMatchObject({ role: { sessionName: 'gatehouse', webIdentity } });
  });

  it.each([
    ['model: bedrock/amazon.nova-pro-v1:0', 'litellm_params.model'],
    ['model: "bedrock/*"', 'litellm_params.model'],
    [`model: "bedrock/${ACCOUNT}:foundation-model/amazon.nova"`, 'litellm_params.model'],
    [`model: bedrock/${MODEL}, aws_access_key_id: a`, 'aws_secret_access_key is missing'],
    [`model: bedrock/${MODEL}, aws_secret_access_key: a`, 'aws_access_key_id is missing'],
    [`model: bedrock/${MODEL}, aws_web_identity_token: a`, 'aws_role_name is missing'],
    [`model: bedrock/${MODEL}, aws_region_name: "a/b"`, 'aws_region_name'],
    [`model: bedrock/${MODEL}, aws_role_name: r`, 'aws_role_name is not the ARN'],
    [
      `model: bedrock/${MODEL}, aws_role_name: "arn:aws:iam::1:role/r", aws_web_identity_token: oidc/google/x`,
      'aws_web_identity_token',
    ],
    [
      `model: bedrock/${MODEL}, aws_role_name: "arn:aws:iam::1:role/r", aws_web_identity_token: oidc/env/UNSET`,
      'aws_web_identity_token names a variable that is not set',
    ],
  ])('refuses %s', (params, expected) => {
    expect(
      refusalOf(file(params.replace(MODEL, `"${MODEL}"`).replace('bedrock/"', '"bedrock/'))),
    ).toContain(expected);
  });

  it('never prints what signs', () => {
    const settings = withParams(
      `model: "bedrock/${MODEL}", aws_access_key_id: a, aws_secret_access_key: secret-of-the-key`,
    );
    expect(inspect(settings, { depth: 10 }) + JSON.stringify(settings)).not.toContain('secret-of');
  });
});
