import type { Provider } from '@nestjs/common';
import { CACHE_MANAGER } from '@nestjs/cache-manager';
import { createCache } from 'cache-manager';
import { DocumentFetcher } from '../provider/document-fetcher.js';
import { IssuerRegistry } from './issuer-registry.js';
import { JwtVerifier } from './jwt-verifier.js';
import { KeySetLoader } from './key-set-loader.js';
import { KeySetManager } from './key-set-manager.js';
import { KeySetStore } from './key-set-store.js';

/** Everything that the {@link JwtVerifier} is made of, for the module's `providers`. */
export const JWT_PROVIDERS: Provider[] = [
  { provide: CACHE_MANAGER, useFactory: () => createCache() },
  DocumentFetcher,
  IssuerRegistry,
  KeySetLoader,
  KeySetStore,
  KeySetManager,
  JwtVerifier,
];
