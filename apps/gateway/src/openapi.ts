import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';

/**
 * The OpenAPI document of every route, made from the running module graph.
 * @param app an initialised or initialising gateway
 */
export function apiDocumentOf(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Gatehouse')
    .setDescription(
      'OpenAI-compatible relay and LiteLLM-compatible administration behind your own identity provider.',
    )
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .addSecurityRequirements('bearer')
    .build();
  return SwaggerModule.createDocument(app, config);
}

/**
 * Serves the document: a page at `/docs`, JSON at `/openapi.json`.
 * @param app the gateway
 */
export function mountApiDocumentation(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => apiDocumentOf(app), {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'Gatehouse API',
  });
}
