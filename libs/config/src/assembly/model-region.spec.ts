import { deploymentOf } from '#support/deployment-settings';
import { warningsOf } from '#support/config-outcome';
import { modelRegionOf } from './model-region.js';

describe('the region of a deployment', () => {
  it.each([
    ...['eu', 'EU', 'eu-central-1', 'eu-north-1', 'europe-west4', 'eu-de'],
    ...['swedencentral', 'westeurope', 'francecentral', 'switzerlandnorth', 'uksouth'],
    ...['germanywestcentral', 'italynorth', 'polandcentral', 'spaincentral'],
  ])('is eu for %s', (name) => {
    expect(modelRegionOf(name)).toBe('eu');
  });

  it.each([
    ...['us', 'us-east-1', 'us-central1', 'us-south', 'eastus', 'eastus2', 'westus3'],
    ...['northcentralus', 'southcentralus', 'centralus', 'westcentralus'],
  ])('is us for %s', (name) => {
    expect(modelRegionOf(name)).toBe('us');
  });

  it.each([
    'australiaeast',
    'austriaeast',
    'norwayeast',
    'japaneast',
    'ap-south-1',
    'europa',
    'useless',
    '',
  ])('is not known for %j, so that no call is confined to it by mistake', (name) => {
    expect(modelRegionOf(name)).toBeNull();
  });

  it('comes from region_name, and a name without a known region is warned about', () => {
    const params = 'model: openai/m, api_key: k';
    expect(deploymentOf(`${params}, region_name: eastus2`).region).toBe('us');
    expect(deploymentOf(params).region).toBeNull();
    const text = (name: string) =>
      `model_list: [{ model_name: m, litellm_params: { ${params}, region_name: ${name} } }]`;
    expect(warningsOf(text('japaneast')).join()).toContain('region_name');
    expect(warningsOf(text('eu')).join()).not.toContain('region_name');
  });
});
