import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { Public } from '#libs/access';
import { FAVICON } from './favicon.js';
import { WELCOME_PAGE } from './welcome-page.js';

const DAY_SECONDS = 86_400;

/** Routes for a browser at the gateway's bare address. Open to all, and the same for all. */
@ApiExcludeController()
@Controller()
export class WelcomeController {
  /**
   * The page with the ways on: API description, readiness, documentation.
   * @param response written here, because the page is HTML
   */
  @Public()
  @Get('/')
  page(@Res() response: Response): void {
    response.type('html').setHeader('cache-control', 'no-cache');
    response.send(WELCOME_PAGE);
  }

  /**
   * The icon that browsers ask for unasked.
   * @param response written here, because the icon is binary
   */
  @Public()
  @Get('favicon.ico')
  icon(@Res() response: Response): void {
    response.type('image/x-icon').setHeader('cache-control', `public, max-age=${DAY_SECONDS}`);
    response.send(FAVICON);
  }
}
