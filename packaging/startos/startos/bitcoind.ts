import { T } from '@start9labs/start-sdk'
import { sdk } from './sdk'

// What Start9's package of Bitcoin promises to others, from its startos/utils.ts and
// its action "autoconfig".
const rpc = { hostId: 'rpc', internalPort: 8332, ssl: false }
const zmq = { hostId: 'zmq', internalPort: 28332 }
const autoconfig = {
  id: 'autoconfig',
  _INPUT: {} as { zmqEnabled: boolean },
} as const

export const mountpoint = '/mnt/bitcoind'
export const cookie = `${mountpoint}/.cookie`

// Where the node is reached, once its addresses are known. main is run again when one
// of them changes.
export const addresses = async (effects: T.Effects) => ({
  rpc: await sdk.host
    .getBridgeAddress(effects, { packageId: 'bitcoind', ...rpc })
    .const(),
  zmq: await sdk.host
    .getBridgeAddress(effects, { packageId: 'bitcoind', ...zmq })
    .const(),
})

export const setDependencies = sdk.setupDependencies(async ({ effects }) => {
  await sdk.action.createTask(effects, 'bitcoind', autoconfig, 'critical', {
    input: {
      kind: 'partial',
      accept: [{ zmqEnabled: true }],
      set: { zmqEnabled: true },
    },
    reason: 'Miners need to hear of a new block at once, which is over ZMQ',
    when: { condition: 'input-not-matches', once: false },
  })
  return {
    bitcoind: {
      kind: 'running',
      versionRange: '>=28.0:0',
      healthChecks: ['bitcoind'],
    },
  }
})
