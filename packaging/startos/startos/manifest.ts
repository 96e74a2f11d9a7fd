import { setupManifest } from '@start9labs/start-sdk'

// The image is that of packaging/docker, published for both machines.
export const manifest = setupManifest({
  id: 'motherlode',
  title: 'Motherlode',
  license: 'ISC',
  packageRepo:
    'https://github.com/motherlode-pool/motherlode/tree/main/packaging/startos',
  upstreamRepo: 'https://github.com/motherlode-pool/motherlode',
  marketingUrl: 'https://github.com/motherlode-pool/motherlode',
  donationUrl: null,
  description: {
    short: 'Solo mining with your own Bitcoin node',
    long: 'Point your miners at your own Bitcoin node. Every block that they find pays the Bitcoin address that is the miner\'s user name, in the block itself: no account, no fee and nobody in between. The dashboard shows each miner, its hash rate, its best share and its odds.',
  },
  volumes: ['main'],
  images: {
    motherlode: {
      source: { dockerTag: 'ghcr.io/motherlode-pool/motherlode:0.1.0' },
      arch: ['x86_64', 'aarch64'],
    },
  },
  dependencies: {
    bitcoind: {
      description: 'Gives work, and takes the blocks that are found.',
      optional: false,
      metadata: {
        title: 'Bitcoin',
        icon: 'https://raw.githubusercontent.com/Start9Labs/bitcoin-core-startos/feec0b1dae42961a257948fe39b40caf8672fce1/dep-icon.svg',
      },
    },
  },
})
