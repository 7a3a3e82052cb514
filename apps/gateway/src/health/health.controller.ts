import { Controller, Get, HttpCode, Res } from '@nestjs/common';
import {
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { Response } from 'express';
import { Permission, Public } from '#libs/access';
import { ReadinessService, type ReadinessDetails } from './readiness.service.js';

/** Probes for orchestrators and load balancers. */
@ApiTags('health')
@Controller('health')
export class HealthController {
  /** @param readiness knows whether requests can be served */
  constructor(private readonly readiness: ReadinessService) {}

  /** 200 as long as the process runs; depends on no other service. */
  @Public()
  @Get(['liveliness', 'liveness'])
  @HttpCode(200)
  @ApiOperation({ summary: 'Tells that the process runs' })
  @ApiOkResponse({ description: 'The process runs.', type: String })
  liveliness(@Res() response: Response): void {
    response.json("I'm alive!");
  }

  /** 200 when requests can be served, else 503 with the causes by name. */
  @Public()
  @Get('readiness')
  @ApiOperation({ summary: 'Tells whether requests can be served' })
  @ApiOkResponse({ description: 'Requests can be served.' })
  @ApiServiceUnavailableResponse({ description: 'Requests cannot be served; `causes` names why.' })
  async readinessProbe(@Res() response: Response): Promise<void> {
    const { causes, db, issuers_without_keys: keyless } = await this.readiness.evaluate();
    if (causes.length > 0) response.setHeader('retry-after', '1');
    response.status(causes.length === 0 ? 200 : 503).json({
      status: causes.length === 0 ? 'healthy' : 'unhealthy',
      db,
      ...(causes.length === 0 ? {} : { causes }),
      ...(keyless === 0 ? {} : { issuers_without_keys: keyless }),
    });
  }

  /**
   * The same for administrators, with what the configuration and the key sets have to say.
   */
  @Get('readiness/details')
  @Permission({ group: 'management_routes', role: 'proxy_admin_viewer' })
  @ApiOperation({ summary: 'Tells administrators what stands behind readiness' })
  @ApiOkResponse({ description: 'Causes, warnings, deployments left out, and the key sets.' })
  details(): Promise<ReadinessDetails> {
    return this.readiness.details();
  }
}
