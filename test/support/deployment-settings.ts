import { settingsFromYaml, type DeploymentSettings, type Settings } from '#libs/config';

/**
 * Settings with one entry of these parameters.
 * @param params members of `litellm_params`, in YAML's flow form
 * @param env the environment, default an empty one
 * @param rest further members of the entry, each behind a comma
 */
export function withParams(params: string, env: Record<string, string> = {}, rest = ''): Settings {
  return settingsFromYaml(
    `model_list: [{ model_name: m, litellm_params: { ${params} } ${rest} }]`,
    env,
  );
}

/** The only deployment of such settings. */
export function deploymentOf(
  params: string,
  env: Record<string, string> = {},
  rest = '',
): DeploymentSettings {
  const [only] = withParams(params, env, rest).deployments;
  if (only === undefined) throw new Error('no deployment');
  return only;
}
