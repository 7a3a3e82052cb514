import type { Endpoint } from '../request/endpoint.js';
import {
  documented,
  LIST_QUERY,
  makes,
  namedIn,
  WITH_BODY,
  WITHOUT_BODY,
} from '../ids/kept-object.js';

const JOB = '/fine_tuning/jobs/{fine_tuning_job_id}';
const MADE = makes('fine_tuning_job', ({ result_files: files }) =>
  Array.isArray(files) ? (files as unknown[]) : [],
);
const OF_JOB = { inPath: { fine_tuning_job_id: 'fine_tuning_job' }, made: MADE } as const;

/**
 * `POST /v1/fine_tuning/jobs`: https://platform.openai.com/docs/api-reference/fine-tuning/create. The tokens of a training have
 * no price in any list, so that a job is recorded as unpriced.
 */
const create: Endpoint = {
  ...WITH_BODY,
  route: '/fine_tuning/jobs',
  callType: 'acreate_fine_tuning_job',
  billing: [],
  objects: {
    named: (body) => [
      ...namedIn(body, 'training_file', 'file'),
      ...namedIn(body, 'validation_file', 'file'),
    ],
    made: MADE,
  },
  documentation: {
    ...documented('fineTuningCreate', 'Starts to fine-tune a model, where its training file is'),
    requestDescription:
      'A request in OpenAI’s format. The files must be the caller’s, and the caller must be allowed to use the model.',
    properties: { model: { type: 'string' }, training_file: { type: 'string' } },
    required: ['model', 'training_file'],
    example: { model: 'gpt-4o-mini', training_file: 'file-abc' },
  },
};

const retrieve: Endpoint = {
  ...WITHOUT_BODY,
  method: 'GET',
  route: JOB,
  callType: 'aretrieve_fine_tuning_job',
  objects: OF_JOB,
  documentation: documented('fineTuningRetrieve', 'A fine-tuning job of the caller'),
};

const cancel: Endpoint = {
  ...WITHOUT_BODY,
  route: `${JOB}/cancel`,
  callType: 'acancel_fine_tuning_job',
  objects: OF_JOB,
  documentation: documented('fineTuningCancel', 'Cancels a fine-tuning job of the caller'),
};

const events: Endpoint = {
  ...WITHOUT_BODY,
  method: 'GET',
  route: `${JOB}/events`,
  callType: 'alist_fine_tuning_events',
  relayedQuery: LIST_QUERY,
  objects: { inPath: OF_JOB.inPath },
  documentation: documented('fineTuningEvents', 'Events of a fine-tuning job of the caller'),
};

const checkpoints: Endpoint = {
  ...WITHOUT_BODY,
  method: 'GET',
  route: `${JOB}/checkpoints`,
  callType: 'alist_fine_tuning_checkpoints',
  relayedQuery: LIST_QUERY,
  objects: { inPath: OF_JOB.inPath },
  documentation: documented('fineTuningCheckpoints', 'Checkpoints of a fine-tuning job'),
};

/** Operations on fine-tuning jobs. */
export const FINE_TUNING_ENDPOINTS: readonly Endpoint[] = [
  create,
  retrieve,
  cancel,
  events,
  checkpoints,
];
