import type { Principal } from '#libs/access';
import { isIdentityText } from '#libs/common';
import type { JwtSettings } from '#libs/config';
import { readClaim } from './claim-path.js';
import { readScopes } from './scope-claim.js';

type Claims = Readonly<Record<string, unknown>>;

/** Claims that name a team softly while `team_id_jwt_field` is unset, as the first guides have it. */
const SOFT_TEAM_CLAIMS = ['client_id', 'azp'] as const;

/**
 * Whom a verified token stands for. Ids are well-formed texts of at most 255 bytes; a claim of any
 * other shape counts as absent, except that a list of teams stands for its first entry. Admin is
 * who has the admin scope from an issuer that may assert it (`gatehouse.admin_issuers`).
 * @param claims verified claims
 * @param settings which claim is what
 */
export function mapClaims(claims: Claims, settings: JwtSettings): Principal {
  const email = idAt(claims, settings.userEmailField);
  const emailVerified = readEmailVerified(claims['email_verified']);
  const issuer = idOf(claims['iss']);
  const scopes = readScopes(readClaim(claims, settings.scopeField));
  return Object.freeze({
    kind: 'jwt',
    issuer,
    subject: idOf(claims['sub']),
    userId: mapUserId(claims, settings.userIdField, { email, isVerified: emailVerified === true }),
    email,
    emailVerified,
    ...mapTeam(claims, settings.teamIdField),
    orgId: idAt(claims, settings.orgIdField),
    endUserId: idAt(claims, settings.endUserIdField),
    scopes: Object.freeze([...scopes]),
    isAdmin: scopes.includes(settings.adminScope) && mayAssertAdmin(issuer, settings),
  });
}

/**
 * Without a configured claim the address is the id, as LiteLLM has it. Where a claim is configured, only an address
 * that the issuer vouches for stands in for a claim that is not there: whoever can choose an address must not become
 * the account that bears it. A claim that is there and no id names nobody.
 */
function mapUserId(
  claims: Claims,
  field: string | null,
  address: { readonly email: string | null; readonly isVerified: boolean },
): string | null {
  if (field === null || field === '') return address.email;
  const claim = readClaim(claims, field);
  if (claim === undefined) return address.isVerified ? address.email : null;
  return idOf(claim);
}

function mapTeam(claims: Claims, field: string | null): Pick<Principal, 'teamId' | 'isTeamSoft'> {
  if (field === null) {
    const names = SOFT_TEAM_CLAIMS.map((name) =>
      Object.hasOwn(claims, name) ? claims[name] : null,
    );
    const teamId = names.find(isIdentityText) ?? null;
    return { teamId, isTeamSoft: teamId !== null };
  }
  if (field === '') return { teamId: null, isTeamSoft: false };
  const claim = readClaim(claims, field);
  return { teamId: idOf(Array.isArray(claim) ? claim[0] : claim), isTeamSoft: false };
}

function mayAssertAdmin(issuer: string | null, { adminIssuers }: JwtSettings): boolean {
  return adminIssuers === null || (issuer !== null && adminIssuers.includes(issuer));
}

function idAt(claims: Claims, field: string | null): string | null {
  return field === null || field === '' ? null : idOf(readClaim(claims, field));
}

function idOf(value: unknown): string | null {
  return isIdentityText(value) ? value : null;
}

/** Some providers send the truth value as text. */
function readEmailVerified(value: unknown): boolean | null {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  return null;
}
