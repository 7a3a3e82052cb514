/**
 * Routes of the OpenAI API. Additions to LiteLLM's list: `/models/{model_id}`, because a caller that may list models may also read
 * one, `/audio/translations`, `/images/variations`, and what belongs to fine-tuning jobs and to files of vector stores.
 */
export const openaiRoutes = [
  '/chat/completions',
  '/cursor/chat/completions',
  '/cursor/models',
  '/cursor/v1/models',
  '/completions',
  '/embeddings',
  '/images/generations',
  '/images/edits',
  '/images/variations',
  '/videos',
  '/videos/{video_id}',
  '/videos/{video_id}/content',
  '/videos/{video_id}/remix',
  '/audio/transcriptions',
  '/audio/translations',
  '/audio/speech',
  '/moderations',
  '/batches',
  '/batches/{batch_id}',
  '/batches/{batch_id}/cancel',
  '/files',
  '/files/{file_id}',
  '/files/{file_id}/content',
  '/fine_tuning/jobs',
  '/fine_tuning/jobs/{fine_tuning_job_id}',
  '/fine_tuning/jobs/{fine_tuning_job_id}/cancel',
  '/fine_tuning/jobs/{fine_tuning_job_id}/events',
  '/fine_tuning/jobs/{fine_tuning_job_id}/checkpoints',
  '/assistants',
  '/assistants/{assistant_id}',
  '/threads',
  '/threads/{thread_id}',
  '/threads/{thread_id}/messages',
  '/threads/{thread_id}/runs',
  '/models',
  'GET /models/{model_id}',
  '/utils/token_counter',
  '/utils/transform_request',
  '/rerank',
  '/v2/rerank',
  '/realtime',
  '/realtime/client_secrets',
  '/realtime/calls',
  '/realtime/transcription_sessions',
  '/responses',
  '/responses/compact',
  '/responses/{response_id}',
  '/responses/{response_id}/input_items',
  '/responses/{response_id}/cancel',
  '/vector_stores',
  '/vector_stores/{vector_store_id}',
  '/vector_stores/{vector_store_id}/search',
  '/vector_stores/{vector_store_id}/files',
  '/vector_stores/{vector_store_id}/files/{file_id}',
  '/vector_stores/{vector_store_id}/files/{file_id}/content',
  '/vector_stores/{vector_store_id}/file_batches',
  '/vector_stores/{vector_store_id}/file_batches/{batch_id}',
  '/vector_stores/{vector_store_id}/file_batches/{batch_id}/cancel',
  '/vector_stores/{vector_store_id}/file_batches/{batch_id}/files',
  '/vector_store/list',
  '/search',
  '/search/{search_tool_name}',
  '/ocr',
  '/containers',
  '/containers/*',
  '/conversations',
  '/conversations/{conversation_id}',
  '/conversations/{conversation_id}/items',
  '/conversations/{conversation_id}/items/{item_id}',
] as const;

/** Routes of the Anthropic API. */
export const anthropicRoutes = [
  '/v1/messages',
  '/v1/messages/count_tokens',
  '/v1/skills',
  '/v1/skills/{skill_id}',
] as const;

/** Routes of the Gemini API. Its lists of models are an addition: who may call them may also read them. */
export const googleRoutes = [
  'GET /v1beta/models',
  'GET /v1beta/models/{model_name:path}',
  '/v1beta/models/{model_name:path}:countTokens',
  '/v1beta/models/{model_name:path}:generateContent',
  '/v1beta/models/{model_name:path}:streamGenerateContent',
  '/models/{model_name:path}:countTokens',
  '/models/{model_name:path}:generateContent',
  '/models/{model_name:path}:streamGenerateContent',
  '/interactions',
  '/interactions/{interaction_id}',
  '/interactions/{interaction_id}/cancel',
  '/v1beta/interactions',
  '/v1beta/interactions/{interaction_id}',
  '/v1beta/interactions/{interaction_id}/cancel',
  '/v1beta/agents',
  '/v1beta/agents/{name}',
  '/v1beta/agents/{name}/versions',
] as const;

/** Prefixes below which another provider's own API is passed through. */
export const passThroughRoutes = [
  '/bedrock',
  '/comprehendmedical',
  '/vertex-ai',
  '/vertex_ai',
  '/cohere',
  '/cursor',
  '/gemini',
  '/anthropic',
  '/langfuse',
  '/azure',
  '/azure_ai',
  '/openai',
  '/openai_passthrough',
  '/assemblyai',
  '/eu.assemblyai',
  '/vllm',
  '/mistral',
  '/milvus',
  '/watsonx',
] as const;

/** LiteLLM's own inference routes. */
export const nativeRoutes = ['/rag/ingest', '/rag/query'] as const;

/** Calls of MCP tools. */
export const inferenceMcpRoutes = [
  '/mcp',
  '/mcp/{subpath}',
  '/mcp/tools',
  '/mcp/tools/list',
  '/mcp/tools/call',
  '/mcp-rest/tools/list',
  '/mcp-rest/tools/call',
  '/v1/mcp/tools',
] as const;

/** Administration of MCP servers. */
export const managementMcpRoutes = ['/v1/mcp/server', '/v1/mcp/server/{path:path}'] as const;

/** Calls of agents. */
export const inferenceAgentRoutes = [
  '/agents',
  '/a2a/{agent_id}',
  '/a2a/{agent_id}/message/send',
  '/a2a/{agent_id}/message/stream',
  '/a2a/{agent_id}/.well-known/agent-card.json',
] as const;

/** Administration of agents. */
export const managementAgentRoutes = [
  '/v1/agents',
  '/v1/agents/{agent_id}',
  '/v1/agents/make_public',
  '/v1/agents/{agent_id}/make_public',
] as const;
