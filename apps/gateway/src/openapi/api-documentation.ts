import { Injectable, type INestApplication, type OnModuleInit } from '@nestjs/common';
import { SwaggerModule } from '@nestjs/swagger';
import { apiDocumentOf } from './api-document.js';

/**
 * Serves the document: a page at `/docs`, JSON at `/openapi.json`. Its routes stand behind those of all handlers, because
 * the router tries routes in the order in which they were added, and a model call must not try these first.
 */
@Injectable()
export class ApiDocumentation implements OnModuleInit {
  private app: INestApplication | null = null;

  /** Serves the document of an application that is not initialised yet. */
  serveFor(app: INestApplication): void {
    this.app = app;
  }

  /** Nest has added the routes of the handlers by now, and adds the end of all routes after this. */
  onModuleInit(): void {
    const { app } = this;
    if (app === null) return;
    SwaggerModule.setup('docs', app, () => apiDocumentOf(app), {
      jsonDocumentUrl: 'openapi.json',
      yamlDocumentUrl: 'openapi.yaml',
      customSiteTitle: 'Gatehouse API',
    });
  }
}
