import { IsIdentityList } from '#libs/access';
import { ApiProperty } from '@nestjs/swagger';

const MAX_USERS = 500;

/** Body of `POST /user/delete`. */
export class DeleteUsersRequest {
  @ApiProperty({ type: [String], minItems: 1, maxItems: MAX_USERS })
  @IsIdentityList(MAX_USERS, 1)
  user_ids!: string[];
}
