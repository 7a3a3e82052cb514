import type { GatehouseError } from '#libs/common';
import type { SpendSettings } from '#libs/config';
import type { ClientConnection } from '../streaming/client-connection.js';
import type { UpstreamCall } from '../upstream/upstream-call.js';
import type { RelayCall } from '../planning/relay-call.js';

/**
 * Releases a client whose access is revoked: a stream that has begun ends at once with the refusal
 * as its error event, and a call without a response is refused. The rest is treated as a client
 * abort: `gatehouse.spend.client_abort` decides whether the upstream's response is read to its end,
 * and the call is booked. That may be after the client's last byte: the intent is in the journal,
 * and the client does not wait for its refusal.
 * @param refuse receives the refusal when the access is revoked before the response began
 * @returns what ends the watch
 */
export function watchRevocation(
  { access, client, state }: RelayCall,
  refuse: (error: GatehouseError) => void,
): () => void {
  return access.withdrawal.onWithdrawn((reason) => {
    if (!client.isOpen) {
      client.dismiss(reason);
      refuse(reason);
      return;
    }
    state.log['reason'] = reason.code;
    client.dismiss(reason);
  });
}

/**
 * Applies `gatehouse.spend.client_abort` to a running call: a client that leaves does not make it free.
 *
 * `drain`: the upstream is read to its end, so that its own usage is billed, but no longer than
 * `drain_limit_seconds`. `cancel`: the call is ended, and the estimate is billed. A call that has not
 * reached the upstream yet is ended in both cases and costs nothing.
 * @returns what ends the watch, to be called when the call has ended
 */
export function watchClientAbort(
  upstreamCall: UpstreamCall,
  client: ClientConnection,
  spend: Pick<SpendSettings, 'clientAbort' | 'drainLimitSeconds'>,
): () => void {
  let limit: NodeJS.Timeout | undefined;
  const giveUp = (): void => {
    upstreamCall.abort('aborted');
  };
  const stop = client.onGone(() => {
    if (spend.clientAbort === 'cancel' || !upstreamCall.wasSent) {
      giveUp();
      return;
    }
    limit = setTimeout(giveUp, spend.drainLimitSeconds * 1_000);
  });
  return () => {
    stop();
    clearTimeout(limit);
  };
}
