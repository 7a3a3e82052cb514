import type { Provider } from '@nestjs/common';
import { CACHE_MANAGER } from '@nestjs/cache-manager';
import { createCache } from 'cache-manager';
import { DocumentFetcher } from '../jwt/document-fetcher.js';
import { IssuerRegistry } from '../jwt/issuer-registry.js';
import { JwtVerifier } from '../jwt/jwt-verifier.js';
import { KeySetLoader } from '../jwt/key-set-loader.js';
import { KeySetManager } from '../jwt/key-set-manager.js';
import { KeySetStore } from '../jwt/key-set-store.js';
import { Authenticator, CREDENTIAL_RESOLVERS } from './authenticator.js';
import { JwtResolver } from './jwt.resolver.js';
import { MasterKeyResolver } from './master-key.resolver.js';

/**
 * Everything that the {@link Authenticator} is made of, for the module's `providers`. The order of
 * the resolvers is the order in which they are asked: the master key first, because it may have any
 * shape, a token's included.
 */
export const CREDENTIAL_PROVIDERS: Provider[] = [
  { provide: CACHE_MANAGER, useFactory: () => createCache() },
  DocumentFetcher,
  IssuerRegistry,
  KeySetLoader,
  KeySetStore,
  KeySetManager,
  JwtVerifier,
  MasterKeyResolver,
  JwtResolver,
  {
    provide: CREDENTIAL_RESOLVERS,
    useFactory: (masterKey: MasterKeyResolver, jwt: JwtResolver) => [masterKey, jwt],
    inject: [MasterKeyResolver, JwtResolver],
  },
  Authenticator,
];
