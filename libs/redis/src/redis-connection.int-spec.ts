import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import { aCertificate, aTestAuthority } from '#support/certificate';
import { eventually } from '#support/eventually';
import { freePort } from '#support/free-port';
import { describeWithRedis, REDIS_PASSWORD } from '#support/redis';
import { RedisConnection } from './redis-connection.js';
import { RedisUnavailableError } from './redis-problem.js';
import { redisScript } from './redis-script.js';

const ECHO = redisScript('return {KEYS[1], ARGV[1], ARGV[2]}');

describeWithRedis('the connection to Redis', (server) => {
  const open: RedisConnection[] = [];
  const said: string[] = [];

  beforeAll(() => {
    Logger.overrideLogger({
      log: (...line: unknown[]) => said.push(line.join(' ')),
      warn: (...line: unknown[]) => said.push(line.join(' ')),
      error: (...line: unknown[]) => said.push(line.join(' ')),
    });
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await one.onApplicationShutdown();
    expect(said.join()).not.toContain(REDIS_PASSWORD);
  });

  const connection = (url: string, authorities?: string[]): RedisConnection => {
    const made = new RedisConnection(url, () => authorities);
    open.push(made);
    made.onModuleInit();
    return made;
  };
  const connected = async (url = server().url): Promise<RedisConnection> => {
    const made = connection(url);
    expect(await made.ready(5_000)).toBe(true);
    return made;
  };

  it('runs scripts, also those that the server does not know or has forgotten', async () => {
    const redis = await connected();
    const run = (): Promise<unknown> => redis.run(ECHO, ['k'], ['a', 'ü "\n']);
    expect(await run()).toEqual(['k', 'a', 'ü "\n']);
    await redis.command(['SCRIPT', 'FLUSH']);
    expect(await run()).toEqual(['k', 'a', 'ü "\n']);
    expect(redis.state()).toEqual({ state: 'connected', problem: null });
  });

  it('stays when the server refuses a command', async () => {
    const redis = await connected();
    await expect(redis.command(['NO-SUCH-COMMAND'])).rejects.toThrow(RedisUnavailableError);
    expect(await redis.command(['PING'])).toBe('PONG');
  });

  it('keeps the generation over a cut connection, and has another one when the server has restarted', async () => {
    const redis = await connected();
    const { generation } = redis;
    await connected().then((other) => other.command(['CLIENT', 'KILL', 'SKIPME', 'yes']));
    await eventually(async () => {
      expect(await redis.command(['PING'])).toBe('PONG');
    });
    expect(redis.generation).toBe(generation);
    await server().kill();
    await eventually(() => {
      expect(redis.generation).toBeNull();
    });
    await expect(redis.command(['PING'])).rejects.toThrow(RedisUnavailableError);
    expect(redis.state()?.state).toBe('unavailable');
    await server().resume();
    expect(await redis.ready(5_000)).toBe(true);
    expect(redis.generation).not.toBe(generation);
  });

  it('gives a server up that does not respond, and comes back when it does', async () => {
    const redis = await connected();
    process.kill(server().pid(), 'SIGSTOP');
    const sent = performance.now();
    await expect(redis.command(['PING'])).rejects.toThrow('the server does not respond');
    expect(performance.now() - sent).toBeLessThan(2_000);
    process.kill(server().pid(), 'SIGCONT');
    await eventually(async () => {
      expect(await redis.command(['PING'])).toBe('PONG');
    });
  });

  it('does not wait at the start for a server that is not there, and ends while it tries', async () => {
    const redis = connection(`redis://:${REDIS_PASSWORD}@127.0.0.1:${await freePort()}`);
    await eventually(() => {
      expect(redis.state()?.problem).toBe('no connection: the server refuses the connection');
    });
    await expect(redis.command(['PING'])).rejects.toThrow(RedisUnavailableError);
    await redis.onApplicationShutdown();
  });

  it('says that the password is wrong, and not which', async () => {
    const redis = connection(`redis://:${REDIS_PASSWORD}x@127.0.0.1:${String(server().port)}`);
    await eventually(() => {
      expect(redis.state()?.problem).toContain('does not accept user and password');
    });
    expect(inspect(redis.state())).not.toContain(REDIS_PASSWORD);
  });

  it('speaks TLS with rediss, and verifies the certificate', async () => {
    const authority = aTestAuthority();
    const tls = createServer({ ...aCertificate({ issuer: authority }) }, (client) => {
      const upstream = connect(server().port, '127.0.0.1');
      client.pipe(upstream).pipe(client);
      for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
    }).listen(0, '127.0.0.1');
    await once(tls, 'listening');
    const { port } = tls.address() as AddressInfo;
    const url = `rediss://:${REDIS_PASSWORD}@localhost:${String(port)}`;
    const trusting = connection(url, [authority.cert]);
    expect(await trusting.ready(5_000)).toBe(true);
    expect(await trusting.command(['PING'])).toBe('PONG');
    const doubting = connection(url);
    await eventually(() => {
      expect(doubting.state()?.problem).toContain('not accepted: unknown authority');
    });
    for (const one of open) await one.onApplicationShutdown();
    tls.close();
  });

  it('is not there without an address', async () => {
    const none = new RedisConnection(null);
    none.onModuleInit();
    expect([none.isConfigured, none.state(), await none.ready(0)]).toEqual([false, null, false]);
    await expect(none.command(['PING'])).rejects.toThrow(RedisUnavailableError);
  });
});
