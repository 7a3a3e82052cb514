import { MODEL_REGIONS, type ModelRegion } from '#libs/access';

/**
 * Names of regions as providers write them: `europe-west1` (Google), `eu-central-1` (AWS), `eu-de` (IBM), and those of Azure.
 * Switzerland and the United Kingdom count as `eu`, as in LiteLLM.
 */
const PATTERNS: Readonly<Record<ModelRegion, RegExp>> = {
  eu: /^(?:eu-|europe-)|^(?:north|west)europe$|^(?:sweden|switzerland|france|uk|germany|italy|poland|spain)(?:central|north|south|west|westcentral)$/,
  us: /^us-|^(?:(?:north|south|west)?central|east|west)us[2-4]?$/,
};

/** Returns the region that `region_name` means: itself, or that of a provider's region; `null` for any other. */
export function modelRegionOf(name: string | null): ModelRegion | null {
  const written = name?.toLowerCase() ?? '';
  return MODEL_REGIONS.find((one) => written === one || PATTERNS[one].test(written)) ?? null;
}
