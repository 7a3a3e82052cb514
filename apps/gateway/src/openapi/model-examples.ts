const MODEL = 'gpt-4o';

const LISTS = ['/files', '/batches', '/fine_tuning/jobs', '/vector_stores', '/containers'];

/** Requests that read what is known of models. */
export const MODEL_READS = [
  ...[
    '/v1/models',
    '/models',
    '/v1beta/models',
    '/v1/model/info',
    '/model/info',
    '/v2/model/info',
    '/model_group/info',
    '/health',
    ...LISTS,
    ...LISTS.map((path) => `/v1${path}`),
  ].map((path) => ({ operation: `GET ${path}` })),
  ...['/v1/models/{model}', '/models/{model}', '/v1beta/models/{model}'].map((path) => ({
    operation: `GET ${path}`,
    parameters: { model: MODEL },
  })),
];
