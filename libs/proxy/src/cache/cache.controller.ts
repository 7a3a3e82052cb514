import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Permission } from '#libs/access';
import { GatehouseError } from '#libs/common';
import { CacheDeleteRequest } from './cache.request.js';
import { CacheChangeResponse, CacheInfoResponse, CachePingResponse } from './cache.response.js';
import { ResponseStoreService } from './response-store.service.js';

const DONE: CacheChangeResponse = { status: 'success' };
const INFO_LINE =
  /^(redis_version|uptime_in_seconds|used_memory|maxmemory|maxmemory_policy):(.*)$/gm;

/** Lets administrators look after the cache of responses. It touches nothing else that the server holds. */
@ApiTags('cache')
@Controller('cache')
export class CacheController {
  constructor(private readonly store: ResponseStoreService) {}

  /**
   * Writes to the cache, to tell whether it works.
   * @throws GatehouseError `not_found` without a cache, `cache_unavailable`
   */
  @Get('ping')
  @Permission({
    group: 'management_routes',
    role: 'proxy_admin_viewer',
    refusals: ['not_found', 'cache_unavailable'],
  })
  @ApiOperation({ summary: 'Whether the cache works', operationId: 'pingCache' })
  @ApiOkResponse({ type: CachePingResponse })
  async ping(): Promise<CachePingResponse> {
    const { isShared } = this.used();
    await reached(this.store.ping());
    return {
      status: 'healthy',
      cache_type: isShared ? 'redis' : 'local',
      ping_response: true,
      set_cache_response: 'success',
    };
  }

  /**
   * Facts of the Redis server of the cache, without addresses.
   * @throws GatehouseError `not_found` without one, `cache_unavailable`
   */
  @Get('redis/info')
  @Permission({
    group: 'management_routes',
    role: 'proxy_admin_viewer',
    refusals: ['not_found', 'cache_unavailable'],
  })
  @ApiOperation({ summary: 'The Redis server of the cache', operationId: 'readCacheServer' })
  @ApiOkResponse({ type: CacheInfoResponse })
  async info(): Promise<CacheInfoResponse> {
    if (!this.used().isShared)
      throw new GatehouseError('not_found', { message: 'The cache is in memory, not in Redis.' });
    const text = await reached(this.store.info());
    const facts = [...text.matchAll(INFO_LINE)].map(([, name = '', value = '']) => [
      name,
      value.trim(),
    ]);
    const clients = /^connected_clients:(\d+)/m.exec(text)?.[1] ?? '0';
    return {
      num_clients: Number(clients),
      info: Object.fromEntries(facts) as Record<string, string>,
    };
  }

  /**
   * Removes responses by their keys.
   * @throws GatehouseError `not_found` without a cache, `cache_unavailable`
   */
  @Post('delete')
  @HttpCode(200)
  @Permission({
    group: 'management_routes',
    role: 'proxy_admin',
    refusals: ['not_found', 'cache_unavailable'],
  })
  @ApiOperation({ summary: 'Removes cached responses', operationId: 'deleteCachedResponses' })
  @ApiOkResponse({ type: CacheChangeResponse })
  async delete(@Body() { keys }: CacheDeleteRequest): Promise<CacheChangeResponse> {
    await reached(this.used().delete(keys));
    return DONE;
  }

  /**
   * Removes all responses: with a cache in memory, those of this process.
   * @throws GatehouseError `not_found` without a cache, `cache_unavailable`
   */
  @Post('flushall')
  @HttpCode(200)
  @Permission({
    group: 'management_routes',
    role: 'proxy_admin',
    refusals: ['not_found', 'cache_unavailable'],
  })
  @ApiOperation({ summary: 'Removes all cached responses', operationId: 'flushCache' })
  @ApiOkResponse({ type: CacheChangeResponse })
  async flush(): Promise<CacheChangeResponse> {
    await reached(this.used().clear());
    return DONE;
  }

  private used(): ResponseStoreService {
    if (!this.store.isUsed)
      throw new GatehouseError('not_found', { message: 'No response is cached here.' });
    return this.store;
  }
}

async function reached<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new GatehouseError('cache_unavailable', { cause: error });
  }
}
