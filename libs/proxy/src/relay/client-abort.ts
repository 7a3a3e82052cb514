import type { SpendSettings } from '#libs/config';
import type { ClientConnection } from '../streaming/client-connection.js';
import type { UpstreamCall } from '../upstream/upstream-call.js';

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
