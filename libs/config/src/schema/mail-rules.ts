import { isIP } from 'node:net';
import { isMailAddress } from '#libs/common';
import { emailDomain } from './rules.js';
import type { TextRule } from './scalars.js';

/** Accepts the name or address of a server, without port. */
export const hostName: TextRule = (host) =>
  emailDomain(host) === null || isIP(host) !== 0
    ? null
    : { message: 'must be a host', remedy: 'Write a name such as smtp.example.com, without port.' };

/** Accepts the address of one mailbox, without a name. */
export const mailAddress: TextRule = (address) =>
  isMailAddress(address)
    ? null
    : {
        message: 'must be an email address',
        remedy: 'Write one address such as budgets@example.com, without a name.',
      };
