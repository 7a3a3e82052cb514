import { Injectable } from '@nestjs/common';
import { SlidingWindow } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';

/** Failed attempts in a minute that a deployment may have and counts as sound, as in LiteLLM. */
const MOST_FAILURES = 1;

/** The failed attempts of the last minute at each deployment, as this process has made them. */
@Injectable()
export class DeploymentFailures {
  private readonly windows = new Map<string, SlidingWindow>();

  /** Notes that an attempt has failed. */
  note({ id }: Pick<DeploymentSettings, 'id'>): void {
    const window = this.windows.get(id) ?? new SlidingWindow();
    this.windows.set(id, window);
    window.add(performance.now(), 1);
  }

  /** Whether more than one attempt at one of some deployments has failed in the last minute. */
  isAnyFailing(deployments: Iterable<Pick<DeploymentSettings, 'id'>>): boolean {
    for (const { id } of deployments) {
      const failures = this.windows.get(id)?.totalAt(performance.now()) ?? 0;
      if (failures > MOST_FAILURES) return true;
    }
    return false;
  }
}
