import type { JsonObjectScan } from '#libs/common';
import type { Endpoint } from '../request/endpoint.js';
import { filesOf, requireForm, type FormFields } from '../request/form-request.js';
import { readMembers, type RelayRequest } from '../request/relay-request.js';
import {
  documented,
  KEPT,
  LIST_QUERY,
  makes,
  namedIn,
  WITH_BODY,
  WITHOUT_BODY,
} from '../ids/kept-object.js';
import { keptNames } from '../ids/kept-names.js';

const CONTAINER = '/containers/{container_id}';
const FILE = `${CONTAINER}/files/{file_id}`;
const FORM: FormFields = { files: ['file'], typed: new Set() };
const EVALUATED: ReadonlySet<string> = new Set(['file', 'file_id']);
/** A file of a container is found by the container, which must be the caller's. */
const OF_CONTAINER = { inPath: { container_id: 'container' } } as const;

/** A session has no price in any list of tokens, so that it is recorded as unpriced. */
const create: Endpoint = {
  ...WITH_BODY,
  route: '/containers',
  callType: 'acreate_container',
  billing: [],
  objects: {
    named: (body) => [...namedIn(body, 'file_ids', 'file'), ...keptNames(body, ['skills'])],
    made: makes('container'),
  },
  documentation: {
    ...documented('containersCreate', 'Makes a container for this caller alone'),
    requestDescription: 'A request in OpenAI’s format. Files that it names must be the caller’s.',
    properties: {
      name: { type: 'string' },
      file_ids: { type: 'array', items: { type: 'string' } },
      expires_after: { type: 'object' },
    },
    required: ['name'],
    example: { name: 'calculations' },
  },
};

const retrieve: Endpoint = {
  ...WITHOUT_BODY,
  method: 'GET',
  route: CONTAINER,
  callType: 'aretrieve_container',
  objects: OF_CONTAINER,
  documentation: documented('containersRetrieve', 'A container of the caller'),
};

const remove: Endpoint = {
  ...WITHOUT_BODY,
  method: 'DELETE',
  route: CONTAINER,
  callType: 'adelete_container',
  objects: { ...OF_CONTAINER, removes: true },
  documentation: documented('containersDelete', 'Deletes a container of the caller'),
};

const addFile: Endpoint = {
  ...KEPT,
  route: `${CONTAINER}/files`,
  callType: 'aupload_container_file',
  takes: 'form-or-json',
  objects: { ...OF_CONTAINER, named: (body) => namedIn(body, 'file_id', 'file') },
  documentation: {
    ...documented('containerFilesCreate', 'Adds a file to a container of the caller'),
    requestDescription:
      'A form with a file, or the id of a file of the caller, in a form or as JSON, in OpenAI’s format.',
    properties: {
      file: { type: 'string', format: 'binary' },
      file_id: { type: 'string', description: 'A file that the caller has uploaded before' },
    },
    example: { file_id: 'file-abc' },
  },
  read: readFile,
  body: ({ scan, dropped }) =>
    scan.withMembers(Object.fromEntries(dropped.map((name) => [name, null]))),
};

const files: Endpoint = {
  ...WITHOUT_BODY,
  method: 'GET',
  route: `${CONTAINER}/files`,
  callType: 'alist_container_files',
  relayedQuery: LIST_QUERY,
  objects: OF_CONTAINER,
  documentation: documented('containerFilesList', 'Files of a container of the caller'),
};

const file: Endpoint = {
  ...WITHOUT_BODY,
  method: 'GET',
  route: FILE,
  callType: 'aretrieve_container_file',
  objects: OF_CONTAINER,
  documentation: documented('containerFilesRetrieve', 'A file of a container of the caller'),
};

const removeFile: Endpoint = {
  ...WITHOUT_BODY,
  method: 'DELETE',
  route: FILE,
  callType: 'adelete_container_file',
  objects: OF_CONTAINER,
  documentation: documented('containerFilesDelete', 'Deletes a file of a container'),
};

const fileContent: Endpoint = {
  ...WITHOUT_BODY,
  method: 'GET',
  route: `${FILE}/content`,
  callType: 'aretrieve_container_file_content',
  streaming: 'bytes',
  objects: OF_CONTAINER,
  documentation: {
    ...documented('containerFilesContent', 'The content of a file of a container'),
    responseDescription: 'The bytes of the file, as the upstream has them.',
  },
};

/** Operations on containers, in which code of models runs: https://platform.openai.com/docs/api-reference/containers. */
export const CONTAINER_ENDPOINTS: readonly Endpoint[] = [
  ...[create, retrieve, remove],
  ...[addFile, files, file, removeFile, fileContent],
];

/** A request that names a file has none of its own. */
function readFile(scan: JsonObjectScan | undefined): RelayRequest {
  const isById = scan?.has('file_id') === true && filesOf(scan).length === 0;
  return readMembers(isById ? scan : requireForm(scan, FORM), null, EVALUATED);
}
