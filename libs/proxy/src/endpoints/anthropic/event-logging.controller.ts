import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '#libs/access';

/** Takes the telemetry that Claude Code sends to its base address, and drops it. */
@ApiExcludeController()
@Controller()
export class EventLoggingController {
  /** Reads nothing of the request, its credential and body included, so that no refusal disturbs the client. */
  @Public()
  @Post('/api/event_logging/batch')
  @HttpCode(200)
  drop(): object {
    return {};
  }
}
