import { KeyResponse } from '#libs/keys';
import { CallerStandingResponse } from '#libs/spend';
import { TeamResponse } from '#libs/teams';
import { UserResponse } from '#libs/users';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { OrganizationMemberResponse } from './organization-member.response.js';

/** A user's row with its memberships in organisations. */
export class UserValuesResponse extends UserResponse {
  @ApiProperty({ type: [OrganizationMemberResponse] })
  organization_memberships!: OrganizationMemberResponse[];
}

/** Answer of `GET /user/info`. */
export class UserInfoResponse {
  @ApiProperty({ type: String })
  user_id!: string;

  @ApiProperty({ type: UserValuesResponse })
  user_info!: UserValuesResponse;

  @ApiProperty({ type: [KeyResponse], description: 'The newest virtual keys of the user.' })
  keys!: KeyResponse[];

  @ApiProperty({ type: [TeamResponse] })
  teams!: TeamResponse[];

  @ApiPropertyOptional({
    type: CallerStandingResponse,
    description: 'Where no user is named: the caller, and what is left of its limits.',
  })
  caller?: CallerStandingResponse;
}

/** Answer of `POST /user/new`: the user's row, and the members of the key that was made with it. */
export class CreatedUserResponse extends UserResponse {
  @ApiProperty({
    type: String,
    description: 'The clear key, shown once; empty with `auto_create_key: false`.',
  })
  key!: string;

  @ApiProperty({ type: String, nullable: true })
  key_name!: string | null;

  @ApiProperty({ type: String, nullable: true })
  key_alias!: string | null;

  @ApiProperty({ type: String, nullable: true })
  token!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  expires!: string | null;
}

/** Answer of `POST /user/update`. */
export class UpdatedUserResponse {
  @ApiProperty({ type: String })
  user_id!: string;

  @ApiProperty({ type: UserResponse })
  data!: UserResponse;
}

/** One user in the answer of `GET /user/list`. */
export class UserListItemResponse extends UserResponse {
  @ApiProperty({ type: Number, description: 'Virtual keys of the user.' })
  key_count!: number;
}

/** Answer of `GET /user/list`. */
export class UserListResponse {
  @ApiProperty({ type: [UserListItemResponse] })
  users!: UserListItemResponse[];

  @ApiProperty({ type: Number, description: 'Users on all pages.' })
  total!: number;

  @ApiProperty({ type: Number })
  page!: number;

  @ApiProperty({ type: Number })
  page_size!: number;

  @ApiProperty({ type: Number })
  total_pages!: number;
}
