import type { JsonObjectScan } from '#libs/common';
import type { Endpoint } from '../request/endpoint.js';
import { fileBytesOf, filesOf, requireForm, type FormFields } from '../request/form-request.js';
import { imageFormat, imageGenerations, readImages } from './image-generations.endpoint.js';
import type { RelayRequest } from '../request/relay-request.js';
import { textExtras, type RequestExtras } from '../request/request-extras.js';

const TYPED: ReadonlySet<string> = new Set(['n', 'output_compression', 'partial_images', 'stream']);
const FORM: FormFields = { files: ['image', 'mask'], typed: TYPED };
const IMAGE = { type: 'string', format: 'binary' } as const;

/** `POST /v1/images/edits`: https://platform.openai.com/docs/api-reference/images/createEdit. */
export const imageEdits: Endpoint = {
  ...imageGenerations,
  route: '/images/edits',
  callType: 'aimage_edit',
  takes: 'form',
  responseFormat: imageFormat('image_edit.completed'),
  documentation: {
    ...imageGenerations.documentation,
    operationId: 'imagesEdit',
    summary: 'Images from images and a text, plain or streamed',
    requestDescription:
      'A form with images, in OpenAI’s format. Fields that the gateway does not know are forwarded as they are.',
    properties: { ...imageGenerations.documentation.properties, image: IMAGE, mask: IMAGE },
    required: ['image', 'prompt'],
    example: { image: 'cat.png', prompt: 'A cat with a hat.' },
  },
  read: readEdit,
  extrasOf,
};

/** `POST /v1/images/variations`: https://platform.openai.com/docs/api-reference/images/createVariation. */
export const imageVariations: Endpoint = {
  ...imageEdits,
  route: '/images/variations',
  callType: 'aimage_variation',
  documentation: {
    ...imageEdits.documentation,
    operationId: 'imagesVary',
    summary: 'Images that are like an image',
    summaryOfModelInPath: 'Images like an image by the model in the path',
    properties: { image: IMAGE, n: { type: 'integer', minimum: 1 }, size: { type: 'string' } },
    required: ['image'],
    responseDescription: 'The upstream’s answer: JSON.',
    example: { image: 'cat.png' },
  },
  read: readVariation,
};

function readEdit(scan: JsonObjectScan | undefined, pathModel: string | null): RelayRequest {
  return imageGenerations.read(requireForm(scan, FORM), pathModel);
}

function readVariation(scan: JsonObjectScan | undefined, pathModel: string | null): RelayRequest {
  return readImages(requireForm(scan, { files: ['image'], typed: TYPED }), pathModel);
}

/** Pictures of a form are files, whose bytes are not counted as text. */
function extrasOf(scan: JsonObjectScan): RequestExtras {
  return { ...textExtras(), images: filesOf(scan).length, imageBytes: fileBytesOf(scan) };
}
