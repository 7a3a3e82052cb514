import type { JsonObjectScan } from '#libs/common';
import { BY_TOKENS } from '#libs/spend';
import { UnbilledResponseFormat } from '../../streaming/unbilled-response-format.js';
import { bodilessRequest, emptyBody } from '../request/bodiless-request.js';
import type { Operation } from '../request/endpoint.js';
import type { RelayRequest } from '../request/relay-request.js';
import { textExtras, type RequestExtras } from '../request/request-extras.js';

/**
 * `GET /v1/realtime`, a WebSocket: https://platform.openai.com/docs/guides/realtime-websocket. What is held and booked is one
 * response at a time: its input is at most the context of the model.
 */
export const realtime: Operation = {
  method: 'GET',
  route: '/realtime',
  callType: '_arealtime',
  streaming: 'none',
  billing: BY_TOKENS,
  // What a connection says is read by its session.
  responseFormat: new UnbilledResponseFormat(),
  read,
  body: emptyBody,
  estimateInput: noTokens,
  extrasOf: unmeasured,
};

function noTokens(): number {
  return 0;
}

/** What the session has said before is part of the input. */
function unmeasured(): RequestExtras {
  return { ...textExtras(), isUnmeasured: true };
}

function read(_scan: JsonObjectScan | undefined, pathModel: string | null): RelayRequest {
  return { ...bodilessRequest(pathModel), isStream: true };
}
