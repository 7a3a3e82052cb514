import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Clock, memoizeByObject } from '#libs/common';
import { SettingsStore, type IssuerSettings } from '#libs/config';
import { IssuerRegistry } from './issuer-registry.js';
import { KeySetLoader } from './key-set-loader.js';
import { KeySetStore } from './key-set-store.js';
import { KeySource, type KeySetStatus, type KeySourceTools } from './key-source.js';
import type { SigningKeys } from './signing-keys.js';
import { StaticKeys } from './static-keys.js';

/**
 * Manages the sources of keys, one per issuer and address. They are isolated: a broken or slow
 * source does not delay the others. A key set is loaded when a token needs it, and from `keepFresh()` on in the
 * background.
 */
@Injectable()
export class KeySetManager implements OnModuleDestroy {
  private readonly sources = new Map<string, KeySource>();
  private readonly staticKeysOf = memoizeByObject(
    ({ publicKeys, configPath }: IssuerSettings) => new StaticKeys(publicKeys, configPath),
  );
  private readonly tools: KeySourceTools;
  private isKeptFresh = false;

  /**
   * @param settings for TTLs and limits
   * @param loader gets and evaluates keys
   * @param store keeps the last good sets
   */
  constructor(
    settings: SettingsStore,
    private readonly issuers: IssuerRegistry,
    loader: KeySetLoader,
    store: KeySetStore,
    clock: Clock,
  ) {
    this.tools = { settings, loader, store, clock };
  }

  /** The sources of an issuer, in the order of its configuration. */
  sourcesOf(issuer: IssuerSettings): readonly SigningKeys[] {
    const own = this.ownKeysOf(issuer);
    const published = this.publishedKeysOf(issuer);
    return own === null ? published : [own, ...published];
  }

  /** The state of every configured source, for readiness; empty while JWT authentication is off. */
  status(): KeySetStatus[] {
    const own = this.issuers.list().map((issuer) => this.ownKeysOf(issuer)?.status() ?? []);
    return [...own.flat(), ...this.configuredSources().map((source) => source.status())];
  }

  /** Counts the trusted issuers of which no key can be used now; 0 while JWT authentication is off. */
  issuersWithoutKeys(): number {
    return this.issuers.list().filter((issuer) => {
      const own = this.ownKeysOf(issuer);
      const published = this.publishedKeysOf(issuer);
      const states = [...(own === null ? [] : [own]), ...published].map(
        (keys) => keys.status().state,
      );
      return states.length > 0 && states.every((state) => state === 'unavailable');
    }).length;
  }

  /** Begins to load the key sets of the configured issuers and to refresh them in the background. */
  keepFresh(): void {
    for (const source of this.configuredSources()) source.keepFresh();
    this.isKeptFresh = true;
  }

  /** Ends the background work. */
  async onModuleDestroy(): Promise<void> {
    await Promise.all([...this.sources.values()].map((source) => source.close()));
  }

  private configuredSources(): readonly KeySource[] {
    return this.issuers.list().flatMap((issuer) => this.publishedKeysOf(issuer));
  }

  private publishedKeysOf(issuer: IssuerSettings): readonly KeySource[] {
    return issuer.keyUrls.map((url) => this.sourceAt(url, issuer.issuer));
  }

  private ownKeysOf(issuer: IssuerSettings): StaticKeys | null {
    return issuer.publicKeys.length === 0 ? null : this.staticKeysOf(issuer);
  }

  private sourceAt(url: string, issuer: string | null): KeySource {
    const name = `${issuer ?? ''}\n${url}`;
    const known = this.sources.get(name);
    if (known !== undefined) return known;
    const source = new KeySource({ url, issuer }, this.tools);
    this.sources.set(name, source);
    // A source that a reload of the settings brings is new after the start.
    if (this.isKeptFresh) source.keepFresh();
    return source;
  }
}
