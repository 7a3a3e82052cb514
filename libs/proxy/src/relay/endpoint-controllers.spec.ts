import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { Test } from '@nestjs/testing';
import { embeddings } from '../endpoints/openai/embeddings.endpoint.js';
import { controllerOf } from './endpoint-controllers.js';
import { RelayService } from './relay.service.js';

describe('the controller of an endpoint', () => {
  const routesOf = async (route: string): Promise<readonly string[]> => {
    const module = await Test.createTestingModule({
      controllers: [controllerOf({ ...embeddings, route })],
      providers: [{ provide: RelayService, useValue: {} }],
    }).compile();
    const app = module.createNestApplication();
    const { paths } = SwaggerModule.createDocument(app, new DocumentBuilder().build());
    await app.close();
    return Object.keys(paths).toSorted();
  };

  it('has every spelling of a route that may have its model in the path', async () => {
    expect(await routesOf('/embeddings')).toEqual([
      '/embeddings',
      '/engines/{model}/embeddings',
      '/openai/deployments/{model}/embeddings',
      '/v1/embeddings',
      '/v1/engines/{model}/embeddings',
    ]);
  });

  it('has only its own paths, and not /, where no path has a model', async () => {
    expect(await routesOf('/moderations')).toEqual(['/moderations', '/v1/moderations']);
  });
});
