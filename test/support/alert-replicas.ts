import type { Limits } from '#libs/access';
import type { BudgetsService } from '#libs/budgets';
import type { Clock } from '#libs/common';
import { SettingsStore, settingsFromYaml } from '#libs/config';
import {
  AlertChannels,
  AlertMailer,
  AlertPeople,
  BudgetAlerts,
  EffectiveLimits,
  LimitRows,
  MemberRowsService,
  SubjectLimits,
} from '#libs/limits/testing';
import { AN_ADMIN, type ManagementHarness } from './management.js';

/** Two processes that send alerts about the rows of one database. */
export interface AlertReplicas {
  /** Lets both look and send at the same time, twice. */
  run(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts two processes with a configuration.
 */
export function twoAlertReplicas(
  harness: ManagementHarness,
  clock: Clock,
  text: string,
): AlertReplicas {
  const settings = new SettingsStore(settingsFromYaml(text));
  const channels: AlertChannels[] = [];
  const aReplica = (): BudgetAlerts => {
    const { database, keys, users, teams, organizations, endUsers, tags } = harness;
    const members = new MemberRowsService(harness.memberships, harness.organizationMemberships);
    const rows = new LimitRows(keys, users, teams, members, organizations, endUsers);
    const budgets = { peek: () => null } as unknown as BudgetsService;
    const effective = new EffectiveLimits(rows, settings, budgets, tags);
    const people = new AlertPeople(users, keys);
    const sending = new AlertChannels(settings, clock, new AlertMailer(settings), people);
    channels.push(sending);
    return new BudgetAlerts(database, settings, new SubjectLimits(effective, keys), sending, clock);
  };
  const both = [aReplica(), aReplica()];
  return {
    run: async () => {
      for (let times = 0; times < 2; times += 1) await Promise.all(both.map((one) => one.run()));
    },
    close: async () => {
      for (const one of channels) await one.onModuleDestroy();
    },
  };
}

/** Books what a subject has spent in the present quarter of an hour, in US dollars. */
export async function spendNow(
  { database }: ManagementHarness,
  clock: Clock,
  [scope, id, usd]: readonly [scope: string, id: string, usd: string],
): Promise<void> {
  await database.write(({ manager }) =>
    manager.query(
      `INSERT INTO spend_quarters VALUES ($1, $2, date_bin('15 minutes', $3, 'epoch'::timestamptz), $4)
       ON CONFLICT (scope, id, quarter) DO UPDATE SET spend_usd = spend_quarters.spend_usd + excluded.spend_usd`,
      [scope, id, clock.now(), usd],
    ),
  );
}

/** Makes a customer with limits. */
export async function aLimitedCustomer(
  { database, endUsers }: ManagementHarness,
  endUserId: string,
  limits: Limits,
): Promise<string> {
  await database.write((unit) => endUsers.create(unit, { endUserId, limits }, AN_ADMIN));
  return endUserId;
}

/** Makes a team whose members have limits. */
export async function aTeamOfLimitedMembers(
  { database, teams }: ManagementHarness,
  teamId: string,
  members: Limits,
): Promise<void> {
  await database.write(async (unit) => {
    await teams.ensureFromToken(unit, teamId);
    await teams.update(unit, teamId, { alias: null, limits: { members } }, AN_ADMIN);
  });
}
