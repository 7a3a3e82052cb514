import type { JsonObjectScan } from '#libs/common';
import { FormScan } from '#libs/common';
import type { Endpoint, Measured } from '../request/endpoint.js';
import { requireForm, type FormFields } from '../request/form-request.js';
import { readMembers, type BodyTarget, type RelayRequest } from '../request/relay-request.js';
import { invalidParameter, readText } from '../request/request-values.js';
import { readBatchInput } from './batch-input.js';
import { documented, KEPT, makes, WITHOUT_BODY } from '../ids/kept-object.js';

const FORM: FormFields = { files: ['file'], typed: new Set() };
/** Fields that the gateway reads and no upstream knows. */
const OWN_FIELDS = ['custom_llm_provider', 'model', 'target_model_names', 'target_storage'];
const EVALUATED: ReadonlySet<string> = new Set(['file', 'purpose', ...OWN_FIELDS]);
/** Those of OpenAI. A file with another one could be taken for a batch by an upstream, and would not be checked. */
const PURPOSES = ['assistants', 'batch', 'evals', 'fine-tune', 'user_data', 'vision'];
const BATCH = 'batch';
const OF_FILE = { inPath: { file_id: 'file' } } as const;

/** `POST /v1/files`: https://platform.openai.com/docs/api-reference/files/create. */
const upload: Endpoint = {
  ...KEPT,
  route: '/files',
  callType: 'acreate_file',
  takes: 'form',
  objects: { made: makes('file') },
  documentation: {
    ...documented('filesCreate', 'Keeps a file at an upstream, for this caller alone'),
    requestDescription:
      'A form with a file, in OpenAI’s format. Every line of a file for a batch is checked as a request of its own would be.',
    properties: {
      file: { type: 'string', format: 'binary' },
      purpose: { type: 'string', enum: PURPOSES },
      model: { type: 'string', description: 'Model group whose upstream is to keep the file' },
      custom_llm_provider: { type: 'string', description: 'Provider of files_settings' },
    },
    required: ['file', 'purpose'],
    example: { file: 'notes.txt', purpose: 'user_data' },
  },
  measure,
  read,
  body,
};

const retrieve: Endpoint = {
  ...WITHOUT_BODY,
  method: 'GET',
  route: '/files/{file_id}',
  callType: 'afile_retrieve',
  objects: OF_FILE,
  documentation: documented('filesRetrieve', 'A file of the caller'),
};

const content: Endpoint = {
  ...WITHOUT_BODY,
  method: 'GET',
  route: '/files/{file_id}/content',
  callType: 'afile_content',
  streaming: 'bytes',
  objects: OF_FILE,
  documentation: {
    ...documented('filesContent', 'The content of a file of the caller'),
    responseDescription: 'The bytes of the file, as the upstream has them.',
  },
};

const remove: Endpoint = {
  ...WITHOUT_BODY,
  method: 'DELETE',
  route: '/files/{file_id}',
  callType: 'afile_delete',
  objects: { ...OF_FILE, removes: true },
  documentation: documented('filesDelete', 'Deletes a file of the caller'),
};

/** Operations on files. */
export const FILE_ENDPOINTS: readonly Endpoint[] = [upload, retrieve, content, remove];

/** Reads the lines of a file for a batch, which takes time. */
async function measure(scan: JsonObjectScan): Promise<Measured> {
  if (!(scan instanceof FormScan) || scan.value('purpose') !== BATCH) return {};
  const [file] = requireForm(scan, FORM).files;
  return file === undefined ? {} : { batch: await readBatchInput(file.bytes) };
}

function read(
  scan: JsonObjectScan | undefined,
  _pathModel: string | null,
  { batch }: Measured = {},
): RelayRequest {
  const form = requireForm(scan, FORM);
  const purpose = readText(form, 'purpose');
  if (purpose === null || !PURPOSES.includes(purpose))
    throw invalidParameter('purpose', `"purpose" must be one of ${PURPOSES.join(', ')}.`);
  const common = readMembers(form, batch?.model ?? null, EVALUATED);
  return batch === undefined ? common : { ...common, batch };
}

function body({ scan, dropped, batch }: RelayRequest, { upstreamModel }: BodyTarget) {
  const removed = Object.fromEntries([...dropped, ...OWN_FIELDS].map((name) => [name, null]));
  const isBatch = batch !== undefined && scan instanceof FormScan;
  const form = isBatch ? scan.withFile(batch.contentFor(upstreamModel).joined()) : scan;
  return form.withMembers(removed);
}
