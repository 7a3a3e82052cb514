import { Injectable, Logger } from '@nestjs/common';
import type { DeploymentSettings } from '#libs/config';
import { isAccountRefusal } from './account-refusal.js';
import { isContentRefusal } from './content-refusal.js';

/** Statuses with which servers refuse a member that they do not know. */
const REFUSAL_STATUSES: ReadonlySet<number> = new Set([400, 422]);
/** `stream_options`, or its member, in any spelling that a message may use. */
const NAMES_OPTION = /stream[_ ]?options|include_?usage/i;

/**
 * Returns true when a response may refuse `stream_options`: a client error that names it. A server that echoes the
 * body in every refusal looks the same, so only a successful call without it proves the refusal.
 * @param status the upstream's status
 * @param body decoded bytes of the response
 */
export function mayRefuseUsageRequest(status: number, body: Buffer): boolean {
  return REFUSAL_STATUSES.has(status) && NAMES_OPTION.test(body.toString('latin1'));
}

/**
 * The deployments whose upstream refused the `stream_options` that the gateway adds, until the process ends.
 * Their streams are called without it, and their usage is estimated.
 */
@Injectable()
export class UsageRefusals {
  private readonly logger = new Logger('Relay');
  private readonly deploymentIds = new Set<string>();

  /** Returns true when the upstream of a deployment refused `stream_options` before. */
  includes({ id }: DeploymentSettings): boolean {
    return this.deploymentIds.has(id);
  }

  /** Records that an upstream accepted a call only without `stream_options`. */
  add({ id }: DeploymentSettings): void {
    if (this.deploymentIds.has(id)) return;
    this.deploymentIds.add(id);
    this.logger.warn(
      `deployment ${id} refuses stream_options: usage of its streams is estimated. Write always_include_stream_usage: false below its litellm_params to stop asking`,
    );
  }
}

/**
 * Statuses that concern the gateway with any body: its credential (RFC 9110, 15.5.2), its account (402, 15.5.3)
 * and the proxy on its way to the upstream (407, 15.5.8).
 */
const GATEWAY_STATUSES: ReadonlySet<number> = new Set([401, 402, 407]);

/**
 * Returns true when an upstream's response refuses the credential or the account of the gateway. The client sent another
 * credential, which was accepted, and must not take this refusal for one of its own. A 403 that refuses the content
 * of the request is the client's. So is every other client error, unless its body has a documented form of such a
 * refusal. 429 is passed on: another deployment, or a later attempt, may succeed.
 * @param status the upstream's status
 * @param body decoded bytes of the response
 */
export function isCredentialRefusal(status: number, body: Buffer): boolean {
  if (GATEWAY_STATUSES.has(status)) return true;
  if (status === 403) return !isContentRefusal(body);
  return status >= 400 && status < 500 && status !== 429 && isAccountRefusal(body);
}
