import { unknownRow } from '#libs/common';
import { FOREIGN_KEY_VIOLATION, postgresErrorCode } from '#libs/database';

/**
 * The outcome of writing a team's row, with the refusal of its only foreign key turned into ours.
 * @param write the write in progress
 * @throws GatehouseError `not_found` when the team's organisation does not exist
 */
export async function knownOrganization<T>(write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (postgresErrorCode(error) !== FOREIGN_KEY_VIOLATION) throw error;
    throw unknownRow('organization', 'organization_id', { cause: error });
  }
}
