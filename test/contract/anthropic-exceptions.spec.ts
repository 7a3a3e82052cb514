import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import { ERROR_CODES, GatehouseError, wireErrorBodyOf, type ErrorCode } from '#libs/common';
import { errorHeadersOf } from '#gateway/http/error-headers';

/** The class that the official client throws, by status; other statuses from 500 on have the general one. */
const CLASSES = new Map<number, { readonly name: string }>([
  [400, Anthropic.BadRequestError],
  [401, Anthropic.AuthenticationError],
  [403, Anthropic.PermissionDeniedError],
  [404, Anthropic.NotFoundError],
  [405, Anthropic.APIError],
  [409, Anthropic.ConflictError],
  [429, Anthropic.RateLimitError],
]);

const CODES = Object.keys(ERROR_CODES) as ErrorCode[];

describe('refusals in the official client of Anthropic', () => {
  let server: Server;
  let url: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const error = new GatehouseError(request.url?.split('/')[1] as ErrorCode);
      const headers = { 'content-type': 'application/json', ...errorHeadersOf(error, null) };
      const body = wireErrorBodyOf(error, 'anthropic', 'request-1');
      response.writeHead(error.status, headers).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });

  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
  });

  it.each(CODES.flatMap((code) => [false, true].map((stream) => [code, stream] as const)))(
    '%s is thrown as the class of its status (streamed: %p)',
    async (code, stream) => {
      const client = new Anthropic({
        baseURL: `${url}/${code}`,
        authToken: 'token',
        maxRetries: 0,
      });
      const messages = [{ role: 'user' as const, content: 'hello' }];
      const thrown: unknown = await client.messages
        .create({ model: 'm', max_tokens: 9, messages, stream })
        .then(
          () => null,
          (error: unknown) => error,
        );
      const error = new GatehouseError(code);
      const { status } = error;
      const general = status < 500 ? Anthropic.APIError : Anthropic.InternalServerError;
      expect(thrown).toBeInstanceOf(CLASSES.get(status) ?? general);
      expect(thrown).toMatchObject({
        status,
        type: wireErrorBodyOf(error, 'anthropic', '').error.type,
        apiMessage: ERROR_CODES[code].sentence,
        error: { error: { reason: code }, request_id: 'request-1' },
      });
    },
  );
});
