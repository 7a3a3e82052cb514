import { Controller, Get, HttpCode, Res } from '@nestjs/common';
import {
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { Response } from 'express';
import { Public } from '#libs/access';
import { ReadinessService } from './readiness.service.js';

/** Probes for orchestrators and load balancers. */
@ApiTags('health')
@Public()
@Controller('health')
export class HealthController {
  /** @param readiness knows whether requests can be served */
  constructor(private readonly readiness: ReadinessService) {}

  /** 200 as long as the process runs; asks nothing of anybody. */
  @Get(['liveliness', 'liveness'])
  @HttpCode(200)
  @ApiOperation({ summary: 'Tells that the process runs' })
  @ApiOkResponse({ description: 'The process runs.', type: String })
  liveliness(@Res() response: Response): void {
    response.json("I'm alive!");
  }

  /** 200 when requests can be served, else 503 with the causes by name. */
  @Get('readiness')
  @ApiOperation({ summary: 'Tells whether requests can be served' })
  @ApiOkResponse({ description: 'Requests can be served.' })
  @ApiServiceUnavailableResponse({ description: 'Requests cannot be served; `causes` names why.' })
  readinessProbe(@Res() response: Response): void {
    const { causes, db } = this.readiness.judge();
    if (causes.length > 0) response.setHeader('retry-after', '1');
    response.status(causes.length === 0 ? 200 : 503).json({
      status: causes.length === 0 ? 'healthy' : 'unhealthy',
      db,
      ...(causes.length === 0 ? {} : { causes }),
    });
  }
}
