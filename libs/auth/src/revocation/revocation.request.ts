import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsRFC3339 } from 'class-validator';
import { IsIdentity, IsText, OptionalCount, PageNumber } from '#libs/access';
import { REQUESTED_KINDS, REVOCATION_KINDS, type RevocationKind } from './revocation.js';

const MAX_NOTE_LENGTH = 1_000;
/** Revocations of a page unless the query says otherwise. */
export const DEFAULT_PAGE_SIZE = 25;
const MAX_PAGE_SIZE = 100;

/** A kind that an administrator may revoke by. */
export type RequestedKind = (typeof REQUESTED_KINDS)[number];

/** Body of `POST /revocations`. Which ids go with which kind is evaluated by `newRevocationOf`. */
export class CreateRevocationRequest {
  @ApiProperty({ enum: REQUESTED_KINDS })
  @IsIn(REQUESTED_KINDS)
  kind!: RequestedKind;

  @ApiPropertyOptional({
    type: String,
    description:
      '`iss` of the tokens. Only `issued_before` may leave it out, and then means every issuer.',
  })
  @IsOptional()
  @IsIdentity()
  issuer?: string;

  @ApiPropertyOptional({ type: String, description: '`jti`, with the kind `token`.' })
  @IsOptional()
  @IsIdentity()
  token_id?: string;

  @ApiPropertyOptional({
    type: String,
    description:
      '`sub`, with the kind `subject`; with `issued_before` optional, and with an issuer.',
  })
  @IsOptional()
  @IsIdentity()
  subject?: string;

  @ApiPropertyOptional({ type: String, description: '`sid`, with the kind `session`.' })
  @IsOptional()
  @IsIdentity()
  session_id?: string;

  @ApiPropertyOptional({
    type: String,
    description:
      'Client id of the tokens, in `client_id`, `azp`, `appid` or `cid`, with the kind `client`.',
  })
  @IsOptional()
  @IsIdentity()
  client_id?: string;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    description: 'With the kind `issued_before`: older tokens are revoked. Default: now.',
  })
  @IsOptional()
  @IsRFC3339()
  issued_before?: string;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    description: 'When the revocation ceases to hold. Default: never.',
  })
  @IsOptional()
  @IsRFC3339()
  expires_at?: string;

  @ApiPropertyOptional({
    type: String,
    description: 'Reason of the revocation, shown in the list.',
  })
  @IsOptional()
  @IsText(MAX_NOTE_LENGTH)
  note?: string;
}

/** Query of `GET /revocations`. */
export class ListRevocationsRequest {
  @ApiPropertyOptional({ enum: REVOCATION_KINDS })
  @IsOptional()
  @IsIn(REVOCATION_KINDS)
  kind?: RevocationKind;

  @ApiPropertyOptional({ type: String, description: 'Only those of this issuer.' })
  @IsOptional()
  @IsIdentity()
  issuer?: string;

  @PageNumber()
  page?: number;

  @OptionalCount(MAX_PAGE_SIZE, { default: DEFAULT_PAGE_SIZE })
  page_size?: number;
}
