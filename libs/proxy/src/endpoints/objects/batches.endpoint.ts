import type { Endpoint } from '../request/endpoint.js';
import { readMembers } from '../request/relay-request.js';
import { documented, makes, namedIn, WITH_BODY, WITHOUT_BODY } from '../ids/kept-object.js';

const BATCH = '/batches/{batch_id}';
/** `endpoint` is the operation of the requests here, and no address. */
const EVALUATED: ReadonlySet<string> = new Set([
  ...['completion_window', 'endpoint', 'input_file_id', 'metadata', 'output_expires_after'],
]);
/** The files of a batch belong to the callers of the batch. */
const MADE = makes('batch', ({ output_file_id: output, error_file_id: errors }) => [
  output,
  errors,
]);
const OF_BATCH = { inPath: { batch_id: 'batch' }, made: MADE } as const;

/** `POST /v1/batches`: https://platform.openai.com/docs/api-reference/batch/create. */
const create: Endpoint = {
  ...WITH_BODY,
  route: '/batches',
  callType: 'acreate_batch',
  batch: 'starts',
  objects: { named: (body) => namedIn(body, 'input_file_id', 'file'), made: MADE },
  documentation: {
    ...documented('batchesCreate', 'Starts a batch, where its input file is'),
    requestDescription:
      'A request in OpenAI’s format. The upper bound of the cost of all requests is held until the batch has ended; then it is booked at the prices of batches.',
    properties: {
      input_file_id: { type: 'string' },
      endpoint: { type: 'string' },
      completion_window: { type: 'string' },
    },
    required: ['input_file_id', 'endpoint', 'completion_window'],
    example: {
      input_file_id: 'file-abc',
      endpoint: '/v1/chat/completions',
      completion_window: '24h',
    },
  },
  read: (scan) => readMembers(scan, null, EVALUATED),
};

const retrieve: Endpoint = {
  ...WITHOUT_BODY,
  method: 'GET',
  route: BATCH,
  callType: 'aretrieve_batch',
  batch: 'shows',
  objects: OF_BATCH,
  documentation: documented('batchesRetrieve', 'A batch of the caller'),
};

const cancel: Endpoint = {
  ...WITHOUT_BODY,
  route: `${BATCH}/cancel`,
  callType: 'acancel_batch',
  batch: 'shows',
  objects: OF_BATCH,
  documentation: documented('batchesCancel', 'Cancels a batch of the caller'),
};

/** Operations on batches. */
export const BATCH_ENDPOINTS: readonly Endpoint[] = [create, retrieve, cancel];
