import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Public, requestedRoute } from '#libs/access';
import { GatehouseError } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { METADATA_PATH, publicAddressOf } from '../http/public-address.js';
import { protectedResourceOf, type ProtectedResourceMetadata } from './protected-resource.js';

/**
 * Tells clients which issuers give them a token (RFC 9728). Open to every client and free of
 * secrets.
 */
@ApiTags('discovery')
@Controller()
export class ProtectedResourceController {
  /** @param settings the public address and the trusted issuers */
  constructor(private readonly settings: SettingsStore) {}

  /**
   * The metadata of the gateway, or of the path behind the well-known one.
   * @param request whose host tells the public address where none is configured
   * @param response takes the cache rule
   * @throws GatehouseError `request_invalid` without a host, `not_found` for a path that is not part of the gateway
   */
  @Public()
  @Get([METADATA_PATH, `${METADATA_PATH}/*path`])
  @ApiOperation({ summary: 'Tells clients whose tokens are accepted (RFC 9728)' })
  @ApiOkResponse({ description: 'Protected resource metadata.' })
  @ApiNotFoundResponse({ description: 'The path is not part of this gateway.' })
  metadata(
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): ProtectedResourceMetadata {
    const { access, jwt, server } = this.settings.current;
    const address = publicAddressOf(request.headers, access.publicUrl, server.rootPath);
    if (address === null) {
      throw new GatehouseError('request_invalid', { message: 'The Host header is missing.' });
    }
    // An address taken from a request must not reach other clients through a shared cache.
    const rule = access.publicUrl === null ? 'no-store' : 'public, max-age=300';
    const metadata = protectedResourceOf(address, suffixOf(request), jwt);
    if (metadata === null) throw new GatehouseError('not_found');
    response.setHeader('cache-control', rule);
    return metadata;
  }
}

function suffixOf(request: Request): string {
  const suffix = request.path.slice(METADATA_PATH.length).replace(/\/$/, '');
  if (suffix !== '' && requestedRoute('GET', suffix) === null)
    throw new GatehouseError('not_found');
  return suffix;
}
