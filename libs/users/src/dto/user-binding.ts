import { GatehouseError } from '#libs/common';
import type { UserBinding } from '../entities/user-record.js';

/** The members of a request that say to whose tokens an account belongs. */
interface BindingMembers {
  readonly bound_issuer?: string | null;
  readonly bound_subject?: string | null;
}

/**
 * To whose tokens a request gives an account. An identity is given as a whole, so that no subject of one issuer is ever
 * left beside another: naming the issuer alone, or `null` for it, takes the subject away.
 * @param members what the request says
 * @returns nothing where neither member is there
 * @throws GatehouseError `request_invalid` for a subject without its issuer
 */
export function bindingOf(members: BindingMembers): Partial<UserBinding> {
  const { bound_issuer: boundIssuer, bound_subject: boundSubject = null } = members;
  if (boundIssuer === undefined && members.bound_subject === undefined) return {};
  const isNamed = typeof boundIssuer === 'string';
  if (boundIssuer === undefined || (boundSubject !== null && !isNamed)) {
    throw new GatehouseError('request_invalid', {
      message: 'Name the issuer of the subject in bound_issuer; null for both unbinds the account.',
      param: 'bound_issuer',
    });
  }
  return { boundIssuer, boundSubject };
}
