import { VersionGraph, VersionInfo } from '@start9labs/start-sdk'

// Of the program, and of this package after the colon.
const current = VersionInfo.of({
  version: '0.1.0:0',
  releaseNotes: 'The first version.',
  migrations: {},
})

export const versionGraph = VersionGraph.of({ current, other: [] })
