import { ResetSpendResponse } from '#libs/spend';
import { ApiProperty } from '@nestjs/swagger';

/** Answer of `POST /team/{team_id}/reset_spend`. */
export class TeamSpendResetResponse extends ResetSpendResponse {
  @ApiProperty({ type: String })
  team_id!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  budget_reset_at!: string | null;
}

/** Answer of `POST /team/{team_id}/member/{user_id}/reset_spend`. */
export class MemberSpendResetResponse extends ResetSpendResponse {
  @ApiProperty({ type: String })
  team_id!: string;

  @ApiProperty({ type: String })
  user_id!: string;
}
