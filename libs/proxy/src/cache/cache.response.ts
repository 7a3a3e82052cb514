import { ApiProperty } from '@nestjs/swagger';

/** Response of `GET /cache/ping`. */
export class CachePingResponse {
  @ApiProperty({ enum: ['healthy'] })
  status!: 'healthy';

  @ApiProperty({ enum: ['local', 'redis'] })
  cache_type!: 'local' | 'redis';

  @ApiProperty({ type: Boolean })
  ping_response!: boolean;

  @ApiProperty({ enum: ['success'] })
  set_cache_response!: 'success';
}

/** Response of `POST /cache/delete` and `POST /cache/flushall`. */
export class CacheChangeResponse {
  @ApiProperty({ enum: ['success'] })
  status!: 'success';
}

/** Response of `GET /cache/redis/info`. */
export class CacheInfoResponse {
  @ApiProperty({ type: Number, description: 'Connections to the server.' })
  num_clients!: number;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Version, running time and memory of the server, as INFO names them.',
  })
  info!: Record<string, string>;
}
