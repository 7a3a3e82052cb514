import type { Dialect } from '../model/dialect.js';
import { firstVariableOf } from '../source/environment.js';
import type {
  AddressContext,
  DeploymentAddress,
  ModelParams,
  NamedModel,
} from './address-parts.js';
import { googleCredentials } from './google-credentials.js';

/** LiteLLM's variables, first set wins. */
const PROJECT_VARIABLES = ['VERTEXAI_PROJECT', 'GOOGLE_CLOUD_PROJECT'] as const;
const LOCATION_VARIABLES = ['VERTEXAI_LOCATION', 'VERTEX_LOCATION'] as const;
const CREDENTIALS_VARIABLES = ['VERTEXAI_CREDENTIALS', 'GOOGLE_APPLICATION_CREDENTIALS'] as const;
const DEFAULT_LOCATION = 'us-central1';
/** Locations of several regions have hosts of their own form. */
const MULTI_REGIONS: ReadonlySet<string> = new Set(['us', 'eu']);
const DIALECTS: readonly (readonly [names: RegExp, dialect: Dialect])[] = [
  [/^gemini-/, 'vertex-google'],
  [/^claude-/, 'vertex-anthropic'],
];
/** Where Vertex AI keeps the models that others have published too. */
const PUBLISHED = /^publishers\/(?:google|anthropic)\/models\//;

/** How an entry signs in. */
interface SignIn {
  readonly credentials: string | null;
  /** `null` where it is not known. */
  readonly project: string | null;
}

/**
 * Works out where a model at Vertex AI is reached.
 * @returns `null` after recording a problem
 */
export function vertexAddress(
  { providerName, upstreamModel: written }: NamedModel,
  params: ModelParams,
  context: AddressContext,
): DeploymentAddress | null {
  const { place, environment } = context;
  const upstreamModel = written.replace(PUBLISHED, '');
  const dialect = DIALECTS.find(([names]) => names.test(upstreamModel))?.[1];
  if (dialect === undefined) {
    place
      .at('model')
      .refuseUnsupported(
        'names a model of Vertex AI that this version of Gatehouse cannot call yet',
        'Write vertex_ai/gemini-… or vertex_ai/claude-….',
      );
    return null;
  }
  const signIn = signInOf(params, context);
  if (signIn === null) return null;
  if (signIn.project === null && params.api_key === null)
    return place
      .at('vertex_project')
      .refuse(
        'is missing, and no credentials file names a project',
        'Write the id of the project.',
      );
  const location =
    params.vertex_location ?? firstVariableOf(environment, LOCATION_VARIABLES) ?? DEFAULT_LOCATION;
  const shared = { provider: providerName, dialect, upstreamModel, apiVersion: null };
  const apiBase = baseOf(params.api_base, signIn.project, location);
  return params.api_key === null
    ? {
        ...shared,
        apiBase,
        apiKey: null,
        cloud: { kind: 'google', credentials: signIn.credentials },
      }
    : { ...shared, apiBase, apiKey: params.api_key };
}

/** `null` after recording a problem. */
function signInOf(params: ModelParams, { environment, place }: AddressContext): SignIn | null {
  const project = params.vertex_project ?? firstVariableOf(environment, PROJECT_VARIABLES);
  const written = params.vertex_credentials ?? firstVariableOf(environment, CREDENTIALS_VARIABLES);
  if (written === null || params.api_key !== null) return { credentials: null, project };
  const read = googleCredentials(written, place.at('vertex_credentials'));
  return read === null ? null : { credentials: read.text, project: project ?? read.project };
}

/**
 * The address below which Google has its publishers. With an `api_base` as LiteLLM takes it: the server alone, a path with its version,
 * or the whole path of the model.
 */
function baseOf(written: string | null, project: string | null, location: string): string {
  const url = new URL(written ?? hostOf(location));
  const path = url.pathname.replace(/\/+$/, '');
  const version = /\/v1(?:beta1)?$/.test(path) ? '' : '/v1';
  const below = project === null ? '' : `/projects/${project}/locations/${location}`;
  url.pathname = /\/(?:projects|publishers)\//.test(path) ? path : `${path}${version}${below}`;
  return url.href;
}

function hostOf(location: string): string {
  if (location === 'global') return 'https://aiplatform.googleapis.com';
  return MULTI_REGIONS.has(location)
    ? `https://aiplatform.${location}.rep.googleapis.com`
    : `https://${location}-aiplatform.googleapis.com`;
}
