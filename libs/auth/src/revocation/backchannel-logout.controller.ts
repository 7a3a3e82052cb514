import type { IncomingMessage } from 'node:http';
import { Controller, Header, HttpCode, Post, Req } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiBody,
  ApiConsumes,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { Public } from '#libs/access';
import { GatehouseError, readBody } from '#libs/common';
import { BackchannelLogoutService } from './backchannel-logout.service.js';

/** A form with one token and the encoding of its characters; the token has a limit of its own. */
const MAX_FORM_BYTES = 65_536;
const FORM_TYPE = /^application\/x-www-form-urlencoded *(?:;|$)/i;

/**
 * Endpoint for reports of ended sessions by identity providers: OpenID Connect Back-Channel Logout
 * 1.0.
 */
@ApiTags('revocations')
@Controller('auth/backchannel-logout')
export class BackchannelLogoutController {
  constructor(private readonly logouts: BackchannelLogoutService) {}

  /**
   * Ends the session, or every session of the subject, that a logout token names. No credential is
   * required: the logout token authenticates the request.
   * @param request the HTTP request with an unread body
   * @throws GatehouseError `request_invalid`, `body_too_large`, `auth_provider_unavailable`,
   *   `database_unavailable`
   */
  @Post()
  @Public()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Back-channel logout of an OpenID provider', operationId: 'logOut' })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiBody({
    schema: {
      type: 'object',
      required: ['logout_token'],
      properties: { logout_token: { type: 'string', description: 'A signed logout token.' } },
    },
  })
  @ApiOkResponse({ description: 'The session has ended. The answer has no body.' })
  @ApiBadRequestResponse({ description: 'The logout token is not accepted, or was used before.' })
  async logOut(@Req() request: IncomingMessage): Promise<void> {
    await this.logouts.logOut(postedToken(request));
  }
}

async function postedToken(request: IncomingMessage): Promise<string> {
  const { 'content-type': type = '', 'content-length': length } = request.headers;
  if (!FORM_TYPE.test(type)) throw invalid('The body must be a form.');
  const form = await readBody(request, MAX_FORM_BYTES, length);
  const [token, ...others] = new URLSearchParams(form.toString('utf8')).getAll('logout_token');
  if (token === undefined || token === '' || others.length > 0) {
    throw invalid('The form must hold one logout_token.');
  }
  return token;
}

function invalid(message: string): GatehouseError {
  return new GatehouseError('request_invalid', { param: 'logout_token', message });
}
