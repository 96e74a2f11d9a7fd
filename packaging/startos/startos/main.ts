import * as bitcoind from './bitcoind'
import { config, configFile, dataDir } from './config'
import { sdk } from './sdk'

const file = `${dataDir}/motherlode.toml`

export const main = sdk.setupMain(async ({ effects }) => {
  const dependencies = await sdk.checkDependencies(effects)
  dependencies.throwIfNotSatisfied()
  const { rpc, zmq } = await bitcoind.addresses(effects)
  if (!rpc || !zmq)
    throw new Error('Bitcoin has no address on this server yet: start it first')
  await configFile.write(effects, config({ rpc, zmq }))

  const subcontainer = sdk.SubContainer.of(
    effects,
    { imageId: 'motherlode' },
    sdk.Mounts.of()
      .mountVolume({
        volumeId: 'main',
        subpath: null,
        mountpoint: dataDir,
        readonly: false,
      })
      .mountDependency({
        dependencyId: 'bitcoind',
        volumeId: 'main',
        subpath: null,
        mountpoint: bitcoind.mountpoint,
        readonly: true,
      }),
    'pool',
  )

  return sdk.Daemons.of(effects).addDaemon('pool', {
    subcontainer,
    exec: {
      command: ['/usr/bin/motherlode', 'run', file],
      // The container's root, which is none of the server: nobody else may read
      // Bitcoin's cookie.
      user: 'root',
      // Found blocks are delivered first.
      sigtermTimeout: 75_000,
    },
    ready: {
      display: 'Work for miners',
      gracePeriod: 60_000,
      fn: () =>
        sdk.healthCheck.runHealthScript(
          ['/usr/bin/motherlode', 'healthcheck', file],
          subcontainer,
          {
            timeout: 6_000,
            message: () => 'Miners have fresh work',
            errorMessage:
              'Miners have no fresh work. Is Bitcoin synced and running?',
          },
        ),
    },
    requires: [],
  })
})
