import { ApiProperty } from '@nestjs/swagger';
import type { Plain } from '#libs/access';
import { REVOCATION_KINDS, type RevocationKind, type RevocationSource } from './revocation.js';
import type { RevocationEntity } from './revocation.entity.js';

/** One revocation. Of the four ids that one is set which goes with the kind. */
export class RevocationResponse {
  @ApiProperty({ type: String, description: 'Follows from what is revoked.' })
  revocation_id!: string;

  @ApiProperty({
    enum: REVOCATION_KINDS,
    description:
      '`sessionless`, of logouts alone: tokens of the subject that name no session and were issued up to the logout.',
  })
  kind!: RevocationKind;

  @ApiProperty({ type: String, nullable: true, description: '`null` is every issuer.' })
  issuer!: string | null;

  @ApiProperty({ type: String, nullable: true })
  token_id!: string | null;

  @ApiProperty({ type: String, nullable: true })
  subject!: string | null;

  @ApiProperty({ type: String, nullable: true })
  session_id!: string | null;

  @ApiProperty({ type: String, nullable: true })
  client_id!: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Only tokens issued before; `null` means every one.',
  })
  issued_before!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: '`null` never.' })
  expires_at!: string | null;

  @ApiProperty({ enum: ['admin', 'logout'] })
  source!: RevocationSource;

  @ApiProperty({ type: String, nullable: true })
  note!: string | null;

  @ApiProperty({ type: String, format: 'date-time' })
  created_at!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Account of the administrator.' })
  created_by!: string | null;
}

/** Answer of `GET /revocations`. */
export class RevocationListResponse {
  @ApiProperty({ type: [RevocationResponse] })
  revocations!: RevocationResponse[];

  @ApiProperty({ type: Number, description: 'Revocations on all pages.' })
  total!: number;

  @ApiProperty({ type: Number })
  page!: number;

  @ApiProperty({ type: Number })
  page_size!: number;

  @ApiProperty({ type: Number })
  total_pages!: number;
}

const SUBJECT_KINDS: ReadonlySet<RevocationKind> = new Set([
  'subject',
  'issued_before',
  'sessionless',
]);

/** The wire form of a revocation. */
export function toRevocationResponse(row: RevocationEntity): Plain<RevocationResponse> {
  const { kind, value } = row;
  return {
    revocation_id: row.revocationId,
    kind,
    issuer: row.issuer,
    token_id: kind === 'token' ? value : null,
    subject: SUBJECT_KINDS.has(kind) ? value : null,
    session_id: kind === 'session' ? value : null,
    client_id: kind === 'client' ? value : null,
    issued_before: row.issuedBefore?.toISOString() ?? null,
    expires_at: row.expiresAt?.toISOString() ?? null,
    source: row.source,
    note: row.note,
    created_at: row.createdAt.toISOString(),
    created_by: row.createdBy,
  };
}
