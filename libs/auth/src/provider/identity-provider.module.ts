import { CacheModule } from '@nestjs/cache-manager';
import { Module } from '@nestjs/common';
import { DocumentFetcher } from './document-fetcher.js';
import { memoryStore } from './memory-store.js';
import { ProviderResponseCache } from './provider-response-cache.js';
import { ProviderEndpoint } from './provider-client.js';

/** Makes the requests to identity providers (published documents, and endpoints that are called with a credential), and caches answers. */
@Module({
  imports: [CacheModule.registerAsync({ useFactory: () => ({ stores: [memoryStore()] }) })],
  providers: [DocumentFetcher, ProviderEndpoint, ProviderResponseCache],
  exports: [DocumentFetcher, ProviderEndpoint, ProviderResponseCache],
})
export class IdentityProviderModule {}
