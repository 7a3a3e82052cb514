/** Makes the headers that carry the credential of a provider. */
type CredentialForm = (key: string) => Readonly<Record<string, string>>;

/** A provider whose own API is passed through below a prefix. */
export interface PassThroughProvider {
  /** Paths of the gateway. */
  readonly prefixes: readonly string[];
  /** LiteLLM's name of the provider, for prices. */
  readonly provider: string;
  /** Variables that may hold the address, first set wins. */
  readonly baseVariables: readonly string[];
  /** Address where none of them is set; `null`: one must be. */
  readonly apiBase: string | null;
  /** Variables that may hold the credential, first set wins. */
  readonly keyVariables: readonly string[];
  readonly credential: CredentialForm;
  /** The server of the operator may need none. */
  readonly isKeyOptional?: boolean;
}

const bearer: CredentialForm = (key) => ({ authorization: `Bearer ${key}` });
const header =
  (name: string): CredentialForm =>
  (key) => ({ [name]: key });

/** Providers below a prefix of LiteLLM whose credential is one text. Addresses are the providers' documented ones. */
export const PASS_THROUGH_PROVIDERS: readonly PassThroughProvider[] = [
  {
    prefixes: ['/openai', '/openai_passthrough'],
    provider: 'openai',
    baseVariables: ['OPENAI_API_BASE', 'OPENAI_BASE_URL'],
    apiBase: 'https://api.openai.com/v1',
    keyVariables: ['OPENAI_API_KEY'],
    credential: bearer,
  },
  {
    prefixes: ['/anthropic'],
    provider: 'anthropic',
    baseVariables: ['ANTHROPIC_API_BASE', 'ANTHROPIC_BASE_URL'],
    apiBase: 'https://api.anthropic.com',
    keyVariables: ['ANTHROPIC_API_KEY'],
    credential: header('x-api-key'),
  },
  {
    prefixes: ['/azure'],
    provider: 'azure',
    baseVariables: ['AZURE_API_BASE'],
    apiBase: null,
    keyVariables: ['AZURE_API_KEY'],
    credential: header('api-key'),
  },
  {
    prefixes: ['/azure_ai'],
    provider: 'azure_ai',
    baseVariables: ['AZURE_AI_API_BASE'],
    apiBase: null,
    keyVariables: ['AZURE_AI_API_KEY'],
    credential: header('api-key'),
  },
  {
    prefixes: ['/gemini'],
    provider: 'gemini',
    baseVariables: ['GEMINI_API_BASE'],
    apiBase: 'https://generativelanguage.googleapis.com',
    keyVariables: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
    credential: header('x-goog-api-key'),
  },
  {
    prefixes: ['/vertex_ai', '/vertex-ai'],
    provider: 'vertex_ai',
    baseVariables: ['VERTEX_AI_API_BASE', 'VERTEXAI_API_BASE'],
    apiBase: 'https://aiplatform.googleapis.com',
    keyVariables: ['VERTEX_AI_API_KEY', 'VERTEXAI_API_KEY'],
    credential: header('x-goog-api-key'),
  },
  {
    prefixes: ['/cohere'],
    provider: 'cohere',
    baseVariables: ['COHERE_API_BASE'],
    apiBase: 'https://api.cohere.com',
    keyVariables: ['COHERE_API_KEY', 'CO_API_KEY'],
    credential: bearer,
  },
  {
    prefixes: ['/mistral'],
    provider: 'mistral',
    baseVariables: ['MISTRAL_API_BASE'],
    apiBase: 'https://api.mistral.ai',
    keyVariables: ['MISTRAL_API_KEY'],
    credential: bearer,
  },
  {
    prefixes: ['/vllm'],
    provider: 'hosted_vllm',
    baseVariables: ['VLLM_API_BASE', 'HOSTED_VLLM_API_BASE'],
    apiBase: null,
    keyVariables: ['VLLM_API_KEY', 'HOSTED_VLLM_API_KEY'],
    credential: bearer,
    isKeyOptional: true,
  },
  {
    prefixes: ['/milvus'],
    provider: 'milvus',
    baseVariables: ['MILVUS_API_BASE'],
    apiBase: null,
    keyVariables: ['MILVUS_API_KEY'],
    credential: bearer,
    isKeyOptional: true,
  },
  {
    prefixes: ['/assemblyai'],
    provider: 'assemblyai',
    baseVariables: ['ASSEMBLYAI_API_BASE'],
    apiBase: 'https://api.assemblyai.com',
    keyVariables: ['ASSEMBLYAI_API_KEY'],
    credential: header('authorization'),
  },
  {
    prefixes: ['/eu.assemblyai'],
    provider: 'assemblyai',
    baseVariables: ['EU_ASSEMBLYAI_API_BASE'],
    apiBase: 'https://api.eu.assemblyai.com',
    keyVariables: ['ASSEMBLYAI_API_KEY'],
    credential: header('authorization'),
  },
];

/** Langfuse has a pair of keys: the name of a project and its secret. */
export const LANGFUSE = {
  prefix: '/langfuse',
  provider: 'langfuse',
  baseVariables: ['LANGFUSE_API_BASE', 'LANGFUSE_HOST'],
  apiBase: 'https://cloud.langfuse.com',
  publicKey: 'LANGFUSE_PUBLIC_KEY',
  secretKey: 'LANGFUSE_SECRET_KEY',
} as const;

/** Amazon Bedrock takes an API key, or a signature by the key of an account. */
export const BEDROCK = {
  prefix: '/bedrock',
  provider: 'bedrock',
  baseVariables: ['BEDROCK_API_BASE', 'AWS_BEDROCK_RUNTIME_ENDPOINT'],
  keyVariables: ['BEDROCK_API_KEY', 'AWS_BEARER_TOKEN_BEDROCK'],
  regionVariables: ['AWS_REGION_NAME', 'AWS_REGION', 'AWS_DEFAULT_REGION'],
} as const;

/** Returns the address of the Bedrock runtime in a region: https://docs.aws.amazon.com/general/latest/gr/bedrock.html. */
export function bedrockRuntime(region: string): string {
  return `https://bedrock-runtime.${region}.amazonaws.com`;
}
