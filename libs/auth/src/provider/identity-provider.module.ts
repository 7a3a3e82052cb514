import { Module } from '@nestjs/common';
import { DocumentFetcher } from './document-fetcher.js';
import { ProviderEndpoint } from './provider-client.js';

/** Makes the requests to identity providers: published documents, and endpoints that are called with a credential. */
@Module({
  providers: [DocumentFetcher, ProviderEndpoint],
  exports: [DocumentFetcher, ProviderEndpoint],
})
export class IdentityProviderModule {}
