import { GatehouseError, isGatehouseError } from '#libs/common';
import { errorEvent } from '../streaming/error-event.js';
import type { RelayCall } from './relay-call.js';

/** The watch over a call whose access may be taken back while it runs. */
export interface RevocationWatch {
  /** Rejects with the refusal when the access was taken back before the answer began; pending otherwise. */
  readonly refused: Promise<never>;
  /** Ends the watch. */
  stop(): void;
}

/**
 * Lets go of a client whose access is taken back: a stream that has begun ends at once with the refusal as its error
 * event, a call without an answer is refused. Towards the upstream the client has left, with all that follows from
 * that: `gatehouse.spend.client_abort` decides whether what has been begun is read to its end, and it is booked. That
 * may be after the client's last byte: the intent is in the journal, and nobody is kept waiting for a refusal.
 */
export function watchRevocation({ access, client, state }: RelayCall): RevocationWatch {
  const { withdrawn } = access;
  let refuse: (error: GatehouseError) => void = () => undefined;
  const refused = new Promise<never>((_resolve, reject) => {
    refuse = reject;
  });
  const onWithdrawn = (): void => {
    const error = refusalOf(withdrawn);
    if (!client.isOpen) {
      client.dismiss([]);
      refuse(error);
      return;
    }
    state.log['reason'] = error.code;
    client.dismiss([errorEvent(error)]);
  };
  withdrawn.addEventListener('abort', onWithdrawn);
  return {
    refused,
    stop: () => {
      withdrawn.removeEventListener('abort', onWithdrawn);
    },
  };
}

/**
 * Refuses a call whose access has been taken back already.
 * @param call a call that has not begun
 * @throws GatehouseError the reason of the withdrawal
 */
export function refuseRevoked({ access }: RelayCall): void {
  if (access.withdrawn.aborted) throw refusalOf(access.withdrawn);
}

function refusalOf(withdrawn: AbortSignal): GatehouseError {
  const reason: unknown = withdrawn.reason;
  return isGatehouseError(reason)
    ? reason
    : new GatehouseError('internal_error', { cause: reason });
}
