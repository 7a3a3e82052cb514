/** Regions that LiteLLM knows. */
export const MODEL_REGIONS = ['eu', 'us'] as const;

/** Where a deployment stands. */
export type ModelRegion = (typeof MODEL_REGIONS)[number];

/** What the end user of a call demands of the deployments that serve it. */
export interface EndUserModels {
  /** Only deployments there may serve the call. */
  readonly region: ModelRegion;
  /** The model that serves calls whose own model has no deployment in the region; `null` for none. */
  readonly defaultModel: string | null;
}
