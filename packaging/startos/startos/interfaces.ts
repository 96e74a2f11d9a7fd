import { sdk } from './sdk'

export const ports = { dashboard: 8080, miners: 3333 }

const common = {
  masked: false,
  schemeOverride: null,
  username: null,
  path: '',
  query: {},
}

export const setInterfaces = sdk.setupInterfaces(async ({ effects }) => {
  const host = sdk.MultiHost.of(effects, 'main')

  const web = await host.bindPort(ports.dashboard, { protocol: 'http' })
  const dashboard = sdk.createInterface(effects, {
    ...common,
    name: 'Dashboard',
    id: 'dashboard',
    description: 'Miners, their hash rate, and blocks',
    type: 'ui',
  })

  // Plain beside TLS, as most devices know no TLS: with secure null there would only be
  // the other port on a home's network.
  const stratum = await host.bindPort(ports.miners, {
    protocol: null,
    addSsl: {
      preferredExternalPort: 4333,
      alpn: null,
      addXForwardedHeaders: false,
      auth: null,
    },
    preferredExternalPort: ports.miners,
    secure: { ssl: false },
  })
  const miners = sdk.createInterface(effects, {
    ...common,
    name: 'Miners',
    id: 'miners',
    description: 'Where miners connect, with a Bitcoin address as user name',
    type: 'api',
  })

  return [await web.export([dashboard]), await stratum.export([miners])]
})
