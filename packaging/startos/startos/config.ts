import { FileHelper, z } from '@start9labs/start-sdk'
import { ports } from './interfaces'
import { cookie } from './bitcoind'
import { sdk } from './sdk'

export const dataDir = '/var/lib/motherlode'

// The whole configuration: there is nothing in it to choose.
export const config = (node: { rpc: string; zmq: string }) => ({
  data_dir: dataDir,
  http: { listen: `0.0.0.0:${ports.dashboard}` },
  coins: {
    bitcoin: {
      driver: 'bitcoin',
      settings: {
        nodes: [
          { url: `http://${node.rpc}`, cookie, zmq: `tcp://${node.zmq}` },
        ],
      },
    },
  },
  pools: {
    solo: {
      parent: 'bitcoin',
      reward: 'solo',
      // Each miner is paid at the address that is its user name.
      payout: 'miner',
      listen: [{ address: `0.0.0.0:${ports.miners}`, profile: 'low' }],
    },
  },
})

export const configFile = FileHelper.toml(
  { base: sdk.volumes.main, subpath: 'motherlode.toml' },
  z.any(),
)
