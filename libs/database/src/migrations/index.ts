import type { MigrationClass } from '../connection/data-source.js';
import { CreateChangeVersions1700000000001 } from './1700000000001-create-change-versions.js';
import { CreateManagementTables1700000000002 } from './1700000000002-create-management-tables.js';
import { CreateAuditEntries1700000000003 } from './1700000000003-create-audit-entries.js';
import { CreateSpendTables1700000000004 } from './1700000000004-create-spend-tables.js';
import { CreateDecisions1700000000005 } from './1700000000005-create-decisions.js';
import { CreateVirtualKeys1700000000006 } from './1700000000006-create-virtual-keys.js';
import { CreateRevocations1700000000007 } from './1700000000007-create-revocations.js';
import { AddUserSync1700000000008 } from './1700000000008-add-user-sync.js';
import { AddSuspectUsage1700000000009 } from './1700000000009-add-suspect-usage.js';
import { AddExpectedCost1700000000010 } from './1700000000010-add-expected-cost.js';
import { AddCallProgress1700000000011 } from './1700000000011-add-call-progress.js';
import { AddCostBreakdown1700000000012 } from './1700000000012-add-cost-breakdown.js';
import { AddCallOrigin1700000000013 } from './1700000000013-add-call-origin.js';
import { CreateSpendDaily1700000000014 } from './1700000000014-create-spend-daily.js';
import { AddLimits1700000000015 } from './1700000000015-add-limits.js';
import { CreateBudgets1700000000016 } from './1700000000016-create-budgets.js';
import { CreateBudgetWindows1700000000017 } from './1700000000017-create-budget-windows.js';
import { CreateRateTables1700000000020 } from './1700000000020-create-rate-tables.js';
import { CreateBudgetAlerts1700000000021 } from './1700000000021-create-budget-alerts.js';
import { SortSpendDaily1700000000022 } from './1700000000022-sort-spend-daily.js';
import { ExtendSpendDaily1700000000023 } from './1700000000023-extend-spend-daily.js';
import { KeepBudgetsOfKeys1700000000024 } from './1700000000024-keep-budgets-of-keys.js';
import { CreateTags1700000000025 } from './1700000000025-create-tags.js';
import { AddBudgetPools1700000000026 } from './1700000000026-add-budget-pools.js';
import { AddRateAgreement1700000000028 } from './1700000000028-add-rate-agreement.js';
import { AddModelsOfEndUsers1700000000030 } from './1700000000030-add-models-of-end-users.js';
import { EndLeasesWithCalls1700000000031 } from './1700000000031-end-leases-with-calls.js';
import { TellOwnLeases1700000000032 } from './1700000000032-tell-own-leases.js';
import { CreateOrganizationMemberships1700000000034 } from './1700000000034-create-organization-memberships.js';
import { AddSpendByModel1700000000035 } from './1700000000035-add-spend-by-model.js';
import { PartPairs1700000000036 } from './1700000000036-part-pairs.js';
import { AddPassThroughRoutes1700000000037 } from './1700000000037-add-pass-through-routes.js';
import { CreateUpstreamObjects1700000000038 } from './1700000000038-create-upstream-objects.js';
import { FindOwnObjects1700000000039 } from './1700000000039-find-own-objects.js';
import { ClosePools1700000000040 } from './1700000000040-close-pools.js';
import { CreateRequestClaims1700000000042 } from './1700000000042-create-request-claims.js';
import { MarkRoutesOfAdministrators1700000000043 } from './1700000000043-mark-routes-of-administrators.js';
import { AddModelAliases1700000000044 } from './1700000000044-add-model-aliases.js';
import { AddSessionOfCalls1700000000045 } from './1700000000045-add-session-of-calls.js';

/**
 * The migrations of the first tables, in order. Named one by one: a build has no file patterns. A library may bring
 * migrations of its own; all of them run in the order of their timestamps.
 */
export const MIGRATIONS: readonly MigrationClass[] = [
  CreateChangeVersions1700000000001,
  CreateManagementTables1700000000002,
  CreateAuditEntries1700000000003,
  CreateSpendTables1700000000004,
  CreateDecisions1700000000005,
  CreateVirtualKeys1700000000006,
  CreateRevocations1700000000007,
  AddUserSync1700000000008,
  AddSuspectUsage1700000000009,
  AddExpectedCost1700000000010,
  AddCallProgress1700000000011,
  AddCostBreakdown1700000000012,
  AddCallOrigin1700000000013,
  CreateSpendDaily1700000000014,
  AddLimits1700000000015,
  CreateBudgets1700000000016,
  CreateBudgetWindows1700000000017,
  CreateRateTables1700000000020,
  CreateBudgetAlerts1700000000021,
  SortSpendDaily1700000000022,
  ExtendSpendDaily1700000000023,
  KeepBudgetsOfKeys1700000000024,
  CreateTags1700000000025,
  AddBudgetPools1700000000026,
  AddRateAgreement1700000000028,
  AddModelsOfEndUsers1700000000030,
  EndLeasesWithCalls1700000000031,
  TellOwnLeases1700000000032,
  CreateOrganizationMemberships1700000000034,
  AddSpendByModel1700000000035,
  PartPairs1700000000036,
  AddPassThroughRoutes1700000000037,
  CreateUpstreamObjects1700000000038,
  FindOwnObjects1700000000039,
  ClosePools1700000000040,
  CreateRequestClaims1700000000042,
  MarkRoutesOfAdministrators1700000000043,
  AddModelAliases1700000000044,
  AddSessionOfCalls1700000000045,
];
