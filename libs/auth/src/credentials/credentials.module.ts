import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { ClaimsModule } from '../claims/claims.module.js';
import { JwtModule } from '../jwt/jwt.module.js';
import { IdentityProviderModule } from '../provider/identity-provider.module.js';
import { Authenticator, CREDENTIAL_RESOLVERS } from './authenticator.js';
import { CallerCache } from './caller-cache.js';
import type { CredentialResolver } from './credential.resolver.js';
import { IntrospectionResolver } from './introspection.resolver.js';
import { JwtResolver } from './jwt.resolver.js';
import { LogoutInquiryService } from './logout-inquiry.service.js';
import { MasterKeyResolver } from './master-key.resolver.js';
import { OpaqueTokenService } from './opaque-token.service.js';
import { PrincipalFactory } from './principal.factory.js';
import { ProviderEndpointCheck } from './provider-endpoint-check.service.js';
import { TokenKeyMappingService } from './token-key-mapping.service.js';
import { UserInfoResolver } from './userinfo.resolver.js';
import { VirtualKeyResolver } from './virtual-key.resolver.js';

/**
 * The order in which the resolvers run. The master key is first, because it may have any form, even
 * that of a token; then virtual keys, so that a key is never sent to a provider; then the
 * credentials that the configuration sends to a provider; signed tokens are last, because that
 * resolver also refuses the encrypted ones that no provider is called about.
 */
const RESOLVERS = [
  MasterKeyResolver,
  VirtualKeyResolver,
  IntrospectionResolver,
  UserInfoResolver,
  JwtResolver,
];

/** A module that provides the services by which the pipeline looks up rows. */
export type RowModule = Type | DynamicModule;

/** Where credentials look up rows. */
export interface CredentialSources {
  /** Provides `KeysService` and `KeyMappingsService`. */
  readonly keys: RowModule;
  /** Provides `RevocationList`. */
  readonly revocations: RowModule;
}

/** Turns the credential of a request into a principal. */
@Module({})
export class CredentialsModule {
  /** The module over the rows of a database or over stated ones. */
  static register({ keys, revocations }: CredentialSources): DynamicModule {
    return {
      module: CredentialsModule,
      imports: [IdentityProviderModule, ClaimsModule, JwtModule, keys, revocations],
      providers: [
        OpaqueTokenService,
        LogoutInquiryService,
        TokenKeyMappingService,
        PrincipalFactory,
        ...RESOLVERS,
        {
          provide: CREDENTIAL_RESOLVERS,
          useFactory: (...resolvers: CredentialResolver[]) => resolvers,
          inject: RESOLVERS,
        },
        CallerCache,
        Authenticator,
        ProviderEndpointCheck,
      ],
      exports: [Authenticator, CallerCache, JwtResolver, ProviderEndpointCheck],
    };
  }
}
