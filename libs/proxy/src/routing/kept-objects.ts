import type { IncomingHttpHeaders } from 'node:http';
import { aliasedModel, type AccessContext } from '#libs/access';
import { FormScan, GatehouseError, type JsonObjectScan } from '#libs/common';
import type { Settings } from '#libs/config';
import { groupForObjects, groupOfObject, type CallObjects } from './call-objects.js';
import { groupForFile, type FilePlace } from './file-upstreams.js';
import type { ModelGroup } from './model-registry.js';

/** A call of an operation on files, or on what is made of them. */
export interface KeepingCall {
  readonly access: Pick<AccessContext, 'models'>;
  readonly objects: CallObjects;
  /** Request target, with its query. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly request: { readonly scan: JsonObjectScan; readonly model: string | null };
}

/**
 * Returns the group of the upstream that serves a call: the one that keeps the objects which it names, else the one that is to
 * keep what it makes.
 * @throws GatehouseError `not_found`, `request_invalid` for objects of several upstreams, `model_not_allowed`, `model_unknown`,
 * `operation_unsupported`
 */
export function groupForKept(call: KeepingCall, settings: Settings): ModelGroup {
  const { inPath, inBody, inLines = [] } = call.objects;
  if (inPath !== null) return groupOfObject(inPath, settings);
  const [first] = inBody;
  if (first !== undefined)
    return groupForObjects(groupOfObject(first, settings), call.objects, settings);
  const place = placeOf(call);
  if (place.model !== null && !call.access.models.mayUse(place.model))
    throw new GatehouseError('model_not_allowed', { param: 'model' });
  return groupForObjects(groupForFile(place, settings), { inBody: inLines }, settings);
}

/** As LiteLLM reads them: the model from the form, the query or a header, the provider from a header, the query or the body. */
function placeOf({ access, target, headers, request }: KeepingCall): FilePlace {
  const { scan, model: batchModel } = request;
  const start = target.indexOf('?');
  const query = new URLSearchParams(start === -1 ? '' : target.slice(start));
  const form = scan instanceof FormScan ? scan : null;
  const names = form?.value('target_model_names');
  if (typeof names === 'string' && names.includes(','))
    throw new GatehouseError('request_invalid', {
      param: 'target_model_names',
      message: '"target_model_names" must be one name: a file is kept by one upstream.',
    });
  const model = [form?.value('model'), names, query.get('model'), headers['x-litellm-model']];
  const provider = [
    headers['custom-llm-provider'],
    query.get('custom_llm_provider'),
    scan.value('custom_llm_provider'),
  ];
  const named = firstText(model);
  return {
    model: named === null ? null : aliasedModel(named, access.models.aliases),
    provider: firstText(provider),
    batchModel,
  };
}

function firstText(values: readonly unknown[]): string | null {
  const found = values.find((value) => typeof value === 'string' && value !== '');
  return typeof found === 'string' ? found : null;
}
