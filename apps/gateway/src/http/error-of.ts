import { HttpException } from '@nestjs/common';
import { GatehouseError } from '#libs/common';

/**
 * The catalogue's error for anything that was thrown. The framework's own exceptions (unknown
 * route, unreadable path) get the code of their status; everything else is a defect.
 * @param thrown the value that reached the exception filter, not necessarily an `Error`
 */
export function errorOf(thrown: unknown): GatehouseError {
  if (thrown instanceof GatehouseError) return thrown;
  const status = statusOf(thrown);
  if (status === 404) {
    return new GatehouseError('not_found', { message: 'There is no such route.', cause: thrown });
  }
  if (status === 413) return new GatehouseError('body_too_large', { cause: thrown });
  if (status !== null && status >= 400 && status < 500) {
    return new GatehouseError('request_invalid', { cause: thrown });
  }
  return new GatehouseError('internal_error', { cause: thrown });
}

function statusOf(thrown: unknown): number | null {
  if (thrown instanceof HttpException) return thrown.getStatus();
  // Express marks what it raises itself (an undecodable path, for instance) with a status member.
  if (thrown instanceof URIError) return 400;
  if (thrown instanceof Error && 'status' in thrown && typeof thrown.status === 'number')
    return thrown.status;
  return null;
}
