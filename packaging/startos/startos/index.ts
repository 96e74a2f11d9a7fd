// What StartOS calls. There is no action: nothing is to be chosen, and each miner says
// itself where it is paid.
import { buildManifest } from '@start9labs/start-sdk'
import { setDependencies } from './bitcoind'
import { setInterfaces } from './interfaces'
import { manifest as sdkManifest } from './manifest'
import { sdk } from './sdk'
import { versionGraph } from './versions'

export { main } from './main'
export { config } from './config'

export const actions = sdk.Actions.of()

export const { createBackup, restoreInit } = sdk.setupBackups(async () =>
  sdk.Backups.ofVolumes('main'),
)

export const init = sdk.setupInit(
  restoreInit,
  versionGraph,
  setInterfaces,
  setDependencies,
  actions,
)
export const uninit = sdk.setupUninit(versionGraph)

export const manifest = buildManifest(versionGraph, sdkManifest)
