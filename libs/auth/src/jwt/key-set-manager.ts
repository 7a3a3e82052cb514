import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { IssuerRegistry, type TrustedIssuer } from './issuer-registry.js';
import { KeySetLoader } from './key-set-loader.js';
import { KeySetStore } from './key-set-store.js';
import { KeySource, type KeySetStatus, type KeySourceTools } from './key-source.js';

/**
 * Every source of keys, one per issuer and address and isolated from the others: a broken or slow
 * one holds up nobody else. From the application's start on the sources of the configured issuers
 * are loaded and kept fresh in the background; the start itself waits for none of them.
 */
@Injectable()
export class KeySetManager implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly sources = new Map<string, KeySource>();
  private readonly tools: KeySourceTools;
  private isKeptFresh = false;

  /**
   * @param settings for TTLs and limits
   * @param issuers names the addresses
   * @param loader gets and judges keys
   * @param store keeps the last good sets
   * @param clock tells ages
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

  /**
   * The sources of an issuer, in the order of its configuration.
   * @param issuer a trusted issuer
   */
  sourcesOf(issuer: TrustedIssuer): readonly KeySource[] {
    return issuer.keyUrls.map((url) => this.sourceAt(url, issuer.issuer));
  }

  /** The state of every configured source, for readiness; empty while JWT authentication is off. */
  status(): KeySetStatus[] {
    return this.configuredSources().map((source) => source.status());
  }

  /** Begins to load and keep fresh what is configured. */
  onApplicationBootstrap(): void {
    for (const source of this.configuredSources()) source.keepFresh();
    this.isKeptFresh = true;
  }

  /** Ends the background work. */
  async onModuleDestroy(): Promise<void> {
    await Promise.all([...this.sources.values()].map((source) => source.close()));
  }

  private configuredSources(): readonly KeySource[] {
    return this.issuers.list().flatMap((issuer) => this.sourcesOf(issuer));
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
