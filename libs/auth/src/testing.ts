/*
 * The door of this library for tests, as `#libs/auth/testing`: the parts that harnesses put together. Product code may
 * not enter here (`npm run check:deps`), and it is neither built nor shipped.
 */
export { AccessDecision } from './call/access-decision.js';
export { Authenticator } from './credentials/authenticator.js';
export { digestOf } from './credentials/credential.resolver.js';
export { CredentialsModule } from './credentials/credentials.module.js';
export { JwtResolver } from './credentials/jwt.resolver.js';
export { LogoutInquiryService } from './credentials/logout-inquiry.service.js';
export { TokenKeyMappingService } from './credentials/token-key-mapping.service.js';
export { JwtVerifier } from './jwt/jwt-verifier.js';
export { AccessPipeline } from './pipeline/access-pipeline.js';
export { DecisionCache } from './pipeline/decision-cache.js';
