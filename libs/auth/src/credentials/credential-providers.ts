import type { Provider } from '@nestjs/common';
import { CLAIMS_PROVIDERS } from './claims-providers.js';
import { JWT_PROVIDERS } from '../jwt/jwt-providers.js';
import { RevocationList } from '../revocation/revocation-list.service.js';
import { Authenticator, CREDENTIAL_RESOLVERS } from './authenticator.js';
import { JwtResolver } from './jwt.resolver.js';
import type { CredentialResolver } from './credential.resolver.js';
import { IntrospectionResolver } from './introspection.resolver.js';
import { LogoutInquiryService } from './logout-inquiry.service.js';
import { MasterKeyResolver } from './master-key.resolver.js';
import { ProviderEndpoint } from '../provider/provider-client.js';
import { OpaqueTokenService } from './opaque-token.service.js';
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

/** Everything that the {@link Authenticator} is made of, for the module's `providers`. */
export const CREDENTIAL_PROVIDERS: Provider[] = [
  ...JWT_PROVIDERS,
  RevocationList,
  ProviderEndpoint,
  OpaqueTokenService,
  LogoutInquiryService,
  TokenKeyMappingService,
  ...CLAIMS_PROVIDERS,
  ...RESOLVERS,
  {
    provide: CREDENTIAL_RESOLVERS,
    useFactory: (...resolvers: CredentialResolver[]) => resolvers,
    inject: RESOLVERS,
  },
  Authenticator,
];
