import { Global, Module, type Provider } from '@nestjs/common';
import { HandlerPreflight } from '#libs/access';
import { SettingsStore } from '#libs/config';
import { unknownObject, UpstreamObjectsService, type NamedObject } from '#libs/objects';
import {
  CallObjectsService,
  DEPLOYMENT_STATES,
  endpointsController,
  ProxyModule,
  RelayPreflight,
} from '#libs/proxy';
import { CostAdmissionModule } from '#libs/spend';
import { CONTROLLERS, MODULES } from './parts.js';
import { GatewayForecast } from './gateway-forecast.js';
import { HandlerTable } from '../openapi/handler-table.js';

const FORECAST: Provider[] = [
  {
    provide: HandlerTable,
    inject: [SettingsStore],
    useFactory: ({ current }: SettingsStore) =>
      new HandlerTable(MODULES, [
        ...CONTROLLERS,
        endpointsController(current.passThrough.endpoints),
      ]),
  },
  { provide: HandlerPreflight, useClass: GatewayForecast },
];

/** Lets explanations of a running gateway ask about its handlers. */
@Global()
@Module({
  imports: [ProxyModule],
  providers: FORECAST,
  exports: [HandlerPreflight, HandlerTable],
})
export class ForecastModule {}

/** Without a database no upstream keeps anything for a caller. */
const NO_OBJECTS: Provider = {
  provide: UpstreamObjectsService,
  useValue: {
    getAll: ([first]: readonly NamedObject[]) =>
      first === undefined ? Promise.resolve([]) : Promise.reject(unknownObject(first)),
  },
};

/** The same without a gateway: neither a database nor a journal of spend is opened. */
@Global()
@Module({
  imports: [CostAdmissionModule],
  providers: [RelayPreflight, CallObjectsService, NO_OBJECTS, DEPLOYMENT_STATES, ...FORECAST],
  exports: [HandlerPreflight],
})
export class OfflineForecastModule {}
