import { IsIdentityList } from '#libs/access';
import { ApiProperty } from '@nestjs/swagger';
import { ArrayNotEmpty } from 'class-validator';

const MAX_USERS = 500;

/** Body of `POST /user/delete`. */
export class DeleteUsersRequest {
  @ApiProperty({ type: [String], minItems: 1, maxItems: MAX_USERS })
  @ArrayNotEmpty()
  @IsIdentityList(MAX_USERS)
  user_ids!: string[];
}
