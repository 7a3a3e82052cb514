import type { Limits, ModelRegion, WindowCalendar } from '#libs/access';
import type { ExactDecimal } from '#libs/common';
import type { ModelPrices, PriceAdjustment } from './prices.js';
import type { AccessSettings } from './access-settings.js';
import type { CloudAccess } from './cloud.js';
import type { Dialect } from './dialect.js';
import type { DeploymentHealthCheck, HealthCheckSettings } from './health-settings.js';
import type { JwtSettings } from './jwt-settings.js';
import type { PassThroughSettings } from './pass-through.js';
import type { ResponseCacheSettings } from './response-cache.js';
import type { CoolDownSettings, RouterSettings } from './router-settings.js';
import type { ServerSettings } from './server-settings.js';
import type { StreamSettings } from './stream-settings.js';

/** Severity below which the log is silent. */
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** Form of the log's lines; `auto` is `pretty` on a terminal and `json` elsewhere. */
export type LogFormat = 'auto' | 'json' | 'pretty';

/** The limits of a deployment; `null` for none. */
export interface DeploymentLimits {
  /** `rpm`, where `enforce_model_rate_limits` asks for it. */
  readonly requestsPerMinute: number | null;
  /** `tpm`, in the same way. */
  readonly tokensPerMinute: number | null;
  /** `max_parallel_requests`. */
  readonly maxParallelRequests: number | null;
}

/** What clients may learn of a deployment: no credential, no address and no value of an environment variable. */
export interface DeploymentDescription {
  /** `model_info.mode`, for example `chat`; `null` where it is not said. */
  readonly mode: string | null;
  /** Members of `model_info` as they are written, the operator's own among them. */
  readonly info: Readonly<Record<string, unknown>>;
  /** Members of `litellm_params` as they are written. */
  readonly params: Readonly<Record<string, unknown>>;
}

/** One upstream that serves a model group. */
export interface DeploymentSettings extends StreamSettings {
  /** `model_info.id`, else a stable hash of the entry. Sent as `x-litellm-model-id`. */
  readonly id: string;
  /** The public name, `model_name`. */
  readonly modelGroup: string;
  /** The prefix before the slash of `litellm_params.model`, for example `openai`. */
  readonly provider: string;
  readonly dialect: Dialect;
  /** The name that the upstream knows the model by. */
  readonly upstreamModel: string;
  /** Base address without trailing slash. */
  readonly apiBase: string;
  /** Credential; `null` sends none. */
  readonly apiKey: string | null;
  /** Left out where the credential, if there is one, is {@link apiKey}. */
  readonly cloud?: CloudAccess;
  /** Azure's `api-version`; `null` elsewhere. */
  readonly apiVersion: string | null;
  /** `OpenAI-Organization`; `null` sends none. */
  readonly organization: string | null;
  /** By `region_name`; `null` where it is not known. */
  readonly region: ModelRegion | null;
  /** Static headers of `extra_headers`. */
  readonly extraHeaders: Readonly<Record<string, string>>;
  /** Share in the weighted choice: `weight`, else `rpm`, else `tpm`, else 1. */
  readonly weight: number;
  /** Deployments with a lower number are tried first, those without one last; `null` for none. */
  readonly order: number | null;
  /** Further attempts after a failure of this deployment; `null`: those of the router. */
  readonly numRetries: number | null;
  readonly coolDown: CoolDownSettings;
  /** At one of them the deployment is passed over. */
  readonly limits: DeploymentLimits;
  /** Whole call that is not a stream, seconds. */
  readonly timeoutSeconds: number;
  /**
   * Usage of a stream that the client did not ask for. `hidden`: the gateway asks for it and takes
   * it off. `shown`: it asks for it and passes it on. `off`: it does not ask.
   */
  readonly streamUsage: 'hidden' | 'shown' | 'off';
  /** Own prices, from `litellm_params` or `model_info`; `null` when the entry names none. */
  readonly prices: ModelPrices | null;
  /** Discount and margin of its provider; `null` for none. */
  readonly adjustment: PriceAdjustment | null;
  /** `model_info.base_model`: the name for the price list. */
  readonly baseModel: string | null;
  /** `model_info.max_input_tokens`: the most tokens that the input of a call can have; `null` where it is not said. */
  readonly maxInputTokens: number | null;
  /** `model_info.max_output_tokens`, of one choice; `null` where it is not said. */
  readonly maxOutputTokens: number | null;
  /** `model_info.access_groups`. */
  readonly accessGroups: readonly string[];
  readonly description: DeploymentDescription;
  /** `drop_params`: what a translated provider does not have is left out, not refused. */
  readonly dropsParams: boolean;
  /** `additional_drop_params`: members of the body that it does not take. */
  readonly droppedMembers: readonly string[];
  /** `tags`, for `router_settings.enable_tag_filtering`. */
  readonly tags: readonly string[];
  readonly healthCheck: DeploymentHealthCheck;
}

/** A deployment that was left out: a variable that it names is unset, or this version does not support it. */
export interface OmittedDeployment {
  readonly modelGroup: string;
  /** Path in the file, for example `model_list[2].litellm_params.api_key`. */
  readonly path: string;
  /** The variable that is unset. */
  readonly variable?: string;
  /** What is not supported, as the end of a sentence about the path. */
  readonly reason?: string;
}

/** How spend is recorded. */
export interface SpendSettings {
  /** What a call waits for before it goes on: the operating system or the disk. Default `process`. */
  readonly durability: 'process' | 'disk';
  /** Effect of a client abort: read on and bill, or stop and bill the estimate. Default `drain`. */
  readonly clientAbort: 'drain' | 'cancel';
  /** Longest time to read the upstream after the client disconnects, in seconds. Default 60. */
  readonly drainLimitSeconds: number;
  /** `flag`: cost 0 and marked; `deny`: 403 `price_unknown`. Default `flag`. */
  readonly unpricedModels: 'flag' | 'deny';
  /** Held when a request gives no bound on its output; default 0.05 US dollars. */
  readonly defaultReservationUsd: ExactDecimal;
}

/** How budgets of money are kept. */
interface BudgetSettings {
  /** Whether a call that counts against one may reach a deployment without a known price. Default `allow`. */
  readonly unpricedModels: 'allow' | 'deny';
  /** Whether the largest output of a request is lowered to what its budgets can bear. Default false. */
  readonly clampOutput: boolean;
  /** Where the days of budgets begin. Default midnight in UTC. */
  readonly calendar: WindowCalendar;
  /** Status of a call that a budget refuses. Default 422. */
  readonly exceededStatus: 422 | 429 | 402 | 400;
  /** Of the whole gateway. */
  readonly gateway: Limits;
  /** By the name of a provider. */
  readonly providers: Readonly<Record<string, Limits>>;
  /** Of a user who is made without limits, and of one whose first token makes it. */
  readonly newUsers: Limits;
  /** Of a team that is made without limits, and of one that the first token makes. */
  readonly newTeams: Limits;
  /** Of an organisation that is made without limits, and of one that the first token makes. */
  readonly newOrganizations: Limits;
  /** Of every end user who has no limits of its own, known or not. */
  readonly endUsers: Limits;
  /** Seconds after which the calls of a dead process are booked and what else it holds is free again. Default 60. */
  readonly leaseSeconds: number;
}

/** Values of a key; `null` where none is configured. */
export interface KeyBounds {
  /** US dollars as a decimal string. */
  readonly maxBudget: string | null;
  readonly budgetDuration: string | null;
  readonly tokensPerMinute: number | null;
  readonly requestsPerMinute: number | null;
  readonly maxParallelRequests: number | null;
  /** When it expires from its making on, for example `30d`. */
  readonly duration: string | null;
}

/** Values of a key whose request leaves them out. */
export interface KeyDefaults extends KeyBounds {
  readonly softBudget: string | null;
  readonly budgetId: string | null;
  readonly models: readonly string[] | null;
  readonly metadata: Readonly<Record<string, string>> | null;
  /** Of keys that administrators make. */
  readonly teamId: string | null;
}

/** The keys that callers make. */
interface KeySettings {
  readonly defaults: KeyDefaults;
  /** The most that a request may say. */
  readonly upperBounds: KeyBounds;
}

/** How reports are read. */
interface ReportSettings {
  /** Longest statement of a report, in seconds. Default 10. A restart is needed to change it. */
  readonly statementTimeoutSeconds: number;
}

/** How the connection to a mail server is secured. */
export type MailSecurity = 'starttls' | 'implicit' | 'none';

/** How alerts are mailed. */
export interface MailSettings {
  readonly host: string;
  readonly port: number;
  readonly security: MailSecurity;
  /** Secret; `null` logs in nowhere. */
  readonly login: { readonly user: string; readonly pass: string } | null;
  readonly from: string;
  /** Recipients of every alert. */
  readonly to: readonly string[];
  /** Whether a user gets the alerts about the own budgets. */
  readonly isSentToUsers: boolean;
}

/** Who hears of budgets that are nearly spent. */
export interface AlertSettings {
  /** Percentages of a budget, ascending and each once. */
  readonly thresholds: readonly number[];
  /** Secret address; the key of its signature is `null` for none. */
  readonly webhook: { readonly url: string; readonly secret: string | null } | null;
  /** Secret address of a webhook that takes Slack's messages; `null` is none. */
  readonly slackUrl: string | null;
  readonly mail: MailSettings | null;
  /** Seconds to wait for a receiver, default 10. */
  readonly timeoutSeconds: number;
}

/** A PEM file of certificate authorities. */
export interface CertificateFile {
  /** Absolute path. */
  readonly path: string;
  /** The key or variable that names it, for messages. */
  readonly configKey: string;
}

/** Connections to other servers: model providers and identity providers. */
export interface NetworkSettings {
  /** Proxy for `http` addresses; `null` is none. May hold a password. */
  readonly httpProxy: string | null;
  /** Proxy for `https` addresses; `null` is none. May hold a password. */
  readonly httpsProxy: string | null;
  /** Entries of `NO_PROXY`: hosts, domains, networks, or `*`. */
  readonly noProxy: readonly string[];
  /** Certificate authorities that are trusted in place of those of Node.js; `null` trusts those. */
  readonly certificates: CertificateFile | null;
}

/** A warning about an accepted configuration. */
export interface ConfigWarning {
  /** Path in the file, or the variable's name. */
  readonly path: string;
  readonly message: string;
}

/** An upstream that keeps files, and what is made of them: batches, fine-tuning jobs and vector stores. */
export interface FileUpstream extends Pick<
  DeploymentSettings,
  | 'provider'
  | 'dialect'
  | 'apiBase'
  | 'apiKey'
  | 'apiVersion'
  | 'organization'
  | 'adjustment'
  | 'timeoutSeconds'
> {
  /** `files:` and the name of the provider. */
  readonly id: string;
}

/** The whole configuration after every source was merged and evaluated. Deeply frozen; a reload swaps it. */
export interface Settings {
  readonly server: ServerSettings;
  readonly network: NetworkSettings;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** Absolute path of the data directory. */
  readonly dataDir: string;
  /** PostgreSQL address; `null` is the embedded database below {@link dataDir}. Secret. */
  readonly databaseUrl: string | null;
  /** Address of Redis or Valkey; `null` is none. Secret. */
  readonly redisUrl: string | null;
  /** `null` where no response is cached. */
  readonly responseCache: ResponseCacheSettings | null;
  /** Bootstrap admin credential; `null` is none. Secret. */
  readonly masterKey: string | null;
  readonly jwt: JwtSettings;
  /** Settings for every kind of credential: route lists, opaque tokens, policies. */
  readonly access: AccessSettings;
  readonly deployments: readonly DeploymentSettings[];
  readonly omittedDeployments: readonly OmittedDeployment[];
  readonly router: RouterSettings;
  readonly health: HealthCheckSettings;
  readonly passThrough: PassThroughSettings;
  /** Where files are kept, one upstream of each provider; the first is the default. */
  readonly files: readonly FileUpstream[];
  readonly spend: SpendSettings;
  readonly budgets: BudgetSettings;
  readonly keys: KeySettings;
  /** Callers that what upstreams keep for a user is shared with, and days for which its ids are kept. Default `user`, 90. */
  readonly objects: { readonly sharedWith: 'user' | 'team'; readonly keptDays: number };
  readonly reports: ReportSettings;
  readonly alerts: AlertSettings;
  readonly warnings: readonly ConfigWarning[];
}
