import type { AccessContext } from '#libs/access';
import { GatehouseError } from '#libs/common';
import type { Settings } from '#libs/config';
import { invalidParameter } from '../endpoints/request/request-values.js';

/**
 * Refuses a batch whose caller may not use the model of its lines.
 * @param name that of the model, or for a file that is not for batches the name of its upstream, which no list of models grants
 * @throws GatehouseError `request_invalid`, `model_not_allowed`
 */
export function requireModelOfLines(
  name: string,
  { models }: Pick<AccessContext, 'models'>,
  settings: Pick<Settings, 'files'>,
): void {
  if (settings.files.some(({ id }) => id === name))
    throw invalidParameter('input_file_id', 'The file must be uploaded with purpose "batch".');
  if (!models.mayUse(name))
    throw new GatehouseError('model_not_allowed', { param: 'input_file_id' });
}
