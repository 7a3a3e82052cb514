/**
 * Wire dialects that the relay speaks. `openai` adds the path to the base, `azure-…` build Azure's
 * two forms; `anthropic` and `gemini` are the own APIs of Anthropic and of Google beside their OpenAI-compatible addresses;
 * `vertex-…` are the models of Google and of Anthropic at Vertex AI, `bedrock-anthropic` those of Anthropic at Amazon Bedrock;
 * `translated` is what a package of the provider speaks.
 */
export type Dialect =
  | 'openai'
  | 'azure-deployment'
  | 'azure-v1'
  | 'anthropic'
  | 'gemini'
  | 'vertex-google'
  | 'vertex-anthropic'
  | 'bedrock-anthropic'
  | 'translated';
