import { hash } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { admitKeys } from './key-admission.js';
import type { KeyAddress } from './key-set-loader.js';
import { KeySet } from './key-set.js';

/**
 * The last good key sets in the data directory, one file per address below `keys/`, so that a
 * restart during a provider's outage still knows its keys. Files are replaced atomically; what is
 * read passes admission again. With `public_key_stale_ttl: 0` nothing is written or read.
 */
@Injectable()
export class KeySetStore {
  /**
   * @param settings for the data directory and the ages
   * @param clock evaluates the age of what is read
   */
  constructor(
    private readonly settings: SettingsStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Keeps a set. Concurrent saves of one address leave one of them, whole.
   * @param address where the set was published
   */
  async save(address: KeyAddress, set: KeySet): Promise<void> {
    if (this.settings.current.jwt.publicKeyStaleTtlSeconds === 0) return;
    const path = this.pathOf(address);
    const keys = set.keys.map(({ jwk }) => jwk);
    const text = JSON.stringify({ url: address.url, loadedAtMs: set.loadedAtMs, keys });
    await mkdir(this.folder(), { recursive: true, mode: 0o700 });
    const temporary = `${path}.${String(process.pid)}.tmp`;
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  }

  /**
   * The set that was kept last, `null` when there is none that can be read, or when its time of
   * writing is unknown, lies in the future or is longer ago than both ages together.
   * @param address where it was published
   */
  async find(address: KeyAddress): Promise<KeySet | null> {
    const { publicKeyTtlSeconds, publicKeyStaleTtlSeconds } = this.settings.current.jwt;
    if (publicKeyStaleTtlSeconds === 0) return null;
    const kept = parseKept(await readFile(this.pathOf(address), 'utf8').catch(() => ''));
    if (kept?.url !== address.url) return null;
    const ageMs = this.clock.nowMs() - kept.loadedAtMs;
    if (ageMs < 0 || ageMs > (publicKeyTtlSeconds + publicKeyStaleTtlSeconds) * 1000) return null;
    return new KeySet(admitKeys(kept.keys), { loadedAtMs: kept.loadedAtMs, isRestored: true });
  }

  private folder(): string {
    return join(this.settings.current.dataDir, 'keys');
  }

  private pathOf(address: KeyAddress): string {
    const name = hash('sha256', `${address.issuer ?? ''}\n${address.url}`, 'hex').slice(0, 32);
    return join(this.folder(), `${name}.json`);
  }
}

interface KeptSet {
  readonly url: string;
  readonly loadedAtMs: number;
  readonly keys: readonly unknown[];
}

function parseKept(text: string): KeptSet | null {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof document !== 'object' || document === null) return null;
  const { url, loadedAtMs, keys } = document as Partial<Record<keyof KeptSet, unknown>>;
  if (typeof url !== 'string' || !Number.isFinite(loadedAtMs) || !Array.isArray(keys)) return null;
  return { url, loadedAtMs: Number(loadedAtMs), keys };
}
