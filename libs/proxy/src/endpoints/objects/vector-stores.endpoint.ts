import { isJsonObject } from '#libs/common';
import type { NamedObject } from '#libs/objects';
import type { Endpoint } from '../request/endpoint.js';
import type { NamedMembers } from '../request/object-use.js';
import { invalidParameter } from '../request/request-values.js';
import {
  documented,
  LIST_QUERY,
  makes,
  namedIn,
  WITH_BODY,
  WITHOUT_BODY,
} from '../ids/kept-object.js';
import { requireSingleNames } from '../ids/kept-names.js';

const STORE = '/vector_stores/{vector_store_id}';
const FILE = `${STORE}/files/{file_id}`;
const BATCH = `${STORE}/file_batches/{batch_id}`;
/** What a store holds is found by the store, which must be the caller's; its files were when they were added. */
const OF_STORE = { inPath: { vector_store_id: 'vector_store' } } as const;

const create: Endpoint = {
  ...WITH_BODY,
  route: '/vector_stores',
  callType: 'avector_store_create',
  objects: { named: (body) => namedIn(body, 'file_ids', 'file'), made: makes('vector_store') },
  documentation: {
    ...documented('vectorStoresCreate', 'Makes a vector store for this caller alone'),
    requestDescription: 'A request in OpenAI’s format. Files that it names must be the caller’s.',
    properties: {
      name: { type: 'string' },
      file_ids: { type: 'array', items: { type: 'string' } },
    },
    example: { name: 'notes' },
  },
};

const retrieve: Endpoint = {
  ...WITHOUT_BODY,
  method: 'GET',
  route: STORE,
  callType: 'avector_store_retrieve',
  objects: OF_STORE,
  documentation: documented('vectorStoresRetrieve', 'A vector store of the caller'),
};

const modify: Endpoint = {
  ...WITH_BODY,
  route: STORE,
  callType: 'avector_store_update',
  objects: OF_STORE,
  documentation: {
    ...documented('vectorStoresModify', 'Changes a vector store of the caller'),
    requestDescription: 'A request in OpenAI’s format.',
    properties: { name: { type: 'string' } },
    example: { name: 'notes' },
  },
};

const remove: Endpoint = {
  ...WITHOUT_BODY,
  method: 'DELETE',
  route: STORE,
  callType: 'avector_store_delete',
  objects: { ...OF_STORE, removes: true },
  documentation: documented('vectorStoresDelete', 'Deletes a vector store of the caller'),
};

/** A search has no price in any list of tokens, so that it is recorded as unpriced. */
const search: Endpoint = {
  ...WITH_BODY,
  route: `${STORE}/search`,
  callType: 'avector_store_search',
  billing: [],
  objects: OF_STORE,
  documentation: {
    ...documented('vectorStoresSearch', 'Searches a vector store of the caller'),
    requestDescription: 'A request in OpenAI’s format.',
    properties: { query: { oneOf: [{ type: 'string' }, { type: 'array' }] } },
    required: ['query'],
    example: { query: 'What is due?' },
  },
};

const addFile: Endpoint = {
  ...WITH_BODY,
  route: `${STORE}/files`,
  callType: 'avector_store_file_create',
  objects: { ...OF_STORE, named: (body) => namedIn(body, 'file_id', 'file') },
  documentation: {
    ...documented('vectorStoreFilesCreate', 'Adds a file of the caller to a vector store'),
    requestDescription: 'A request in OpenAI’s format.',
    properties: { file_id: { type: 'string' } },
    required: ['file_id'],
    example: { file_id: 'file-abc' },
  },
};

const files: Endpoint = {
  ...WITHOUT_BODY,
  method: 'GET',
  route: `${STORE}/files`,
  callType: 'avector_store_file_list',
  relayedQuery: LIST_QUERY,
  objects: OF_STORE,
  documentation: documented('vectorStoreFilesList', 'Files of a vector store of the caller'),
};

const file: Endpoint = {
  ...WITHOUT_BODY,
  method: 'GET',
  route: FILE,
  callType: 'avector_store_file_retrieve',
  objects: OF_STORE,
  documentation: documented('vectorStoreFilesRetrieve', 'A file of a vector store of the caller'),
};

const modifyFile: Endpoint = {
  ...WITH_BODY,
  route: FILE,
  callType: 'avector_store_file_update',
  objects: OF_STORE,
  documentation: {
    ...documented('vectorStoreFilesModify', 'Changes the attributes of a file of a vector store'),
    requestDescription: 'A request in OpenAI’s format.',
    properties: { attributes: { type: 'object' } },
    required: ['attributes'],
    example: { attributes: { year: 2026 } },
  },
};

const removeFile: Endpoint = {
  ...WITHOUT_BODY,
  method: 'DELETE',
  route: FILE,
  callType: 'avector_store_file_delete',
  objects: OF_STORE,
  documentation: documented('vectorStoreFilesDelete', 'Takes a file out of a vector store'),
};

const fileContent: Endpoint = {
  ...WITHOUT_BODY,
  method: 'GET',
  route: `${FILE}/content`,
  callType: 'avector_store_file_content',
  objects: OF_STORE,
  documentation: documented('vectorStoreFilesContent', 'The parsed content of a file of a store'),
};

const addFiles: Endpoint = {
  ...WITH_BODY,
  route: `${STORE}/file_batches`,
  callType: 'avector_store_file_batch_create',
  objects: { ...OF_STORE, named: filesOfBatch },
  documentation: {
    ...documented('vectorStoreFileBatchesCreate', 'Adds files of the caller to a vector store'),
    requestDescription: 'A request in OpenAI’s format.',
    properties: { file_ids: { type: 'array', items: { type: 'string' } } },
    example: { file_ids: ['file-abc'] },
  },
};

const fileBatch: Endpoint = {
  ...WITHOUT_BODY,
  method: 'GET',
  route: BATCH,
  callType: 'avector_store_file_batch_retrieve',
  objects: OF_STORE,
  documentation: documented('vectorStoreFileBatchesRetrieve', 'How far files were added'),
};

const cancelBatch: Endpoint = {
  ...WITHOUT_BODY,
  route: `${BATCH}/cancel`,
  callType: 'avector_store_file_batch_cancel',
  objects: OF_STORE,
  documentation: documented('vectorStoreFileBatchesCancel', 'Stops the adding of files'),
};

const filesOfAddedBatch: Endpoint = {
  ...WITHOUT_BODY,
  method: 'GET',
  route: `${BATCH}/files`,
  callType: 'avector_store_file_batch_list',
  relayedQuery: LIST_QUERY,
  objects: OF_STORE,
  documentation: documented('vectorStoreFileBatchesFiles', 'Files that were added together'),
};

/** Operations on vector stores and on the files in them. */
export const VECTOR_STORE_ENDPOINTS: readonly Endpoint[] = [
  ...[create, retrieve, modify, remove, search],
  ...[addFile, files, file, modifyFile, removeFile, fileContent],
  ...[addFiles, fileBatch, cancelBatch, filesOfAddedBatch],
];

/** Files of a batch, by their ids or each with its own attributes. */
function filesOfBatch(body: NamedMembers): readonly NamedObject[] {
  const listed = body.value('files') ?? [];
  if (!Array.isArray(listed)) throw invalidParameter('files', '"files" must be a list.');
  if (listed.length > 0 && 'bytes' in body) requireSingleNames(body.bytes);
  const ids = (listed as unknown[]).map((one) => (isJsonObject(one) ? one['file_id'] : null));
  return [
    ...namedIn(body, 'file_ids', 'file'),
    ...ids.flatMap((id) => namedIn({ value: () => id ?? 0 }, 'files', 'file')),
  ];
}
