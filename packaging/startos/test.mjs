// What a machine can say of the package without StartOS: it is typed as the SDK wants it
// (tsc has run), its manifest is made, it agrees with the image, and the pool takes the
// configuration that it writes, for which packaging/check is given a file.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import TOML from '@iarna/toml'

const { manifest, config, ...rest } = createRequire(import.meta.url)(
  './javascript/startos/index.js',
)
const text = (name) => readFileSync(new URL(name, import.meta.url), 'utf8')

test('StartOS finds what it calls', () => {
  for (const name of ['main', 'init', 'uninit', 'createBackup'])
    assert.equal(typeof rest[name], 'function', name)
  assert.ok(rest.actions)
})

test('the manifest', () => {
  assert.equal(manifest.id, 'motherlode')
  assert.match(manifest.version, /^\d+\.\d+\.\d+:\d+$/)
  assert.match(manifest.osVersion, /^0\.4\./)
  assert.deepEqual(manifest.volumes, ['main'])
  assert.equal(manifest.dependencies.bitcoind.optional, false)
  for (const [name, most] of [['short', 80], ['long', 500]]) {
    const words = manifest.description[name]
    for (const s of typeof words === 'string' ? [words] : Object.values(words))
      assert.ok(s.length <= most, `${name} has ${s.length} letters of ${most}`)
  }
  assert.ok(text('icon.svg').length < 40 << 10)
  assert.match(text('instructions.md'), /^# Motherlode\n/)
})

test('the image is this version, for both machines, and Umbrel has the same', () => {
  const version = manifest.version.split(':')[0]
  const image = manifest.images.motherlode
  assert.equal(
    image.source.dockerTag,
    `ghcr.io/motherlode-pool/motherlode:${version}`,
  )
  assert.deepEqual([...image.arch].sort(), ['aarch64', 'x86_64'])
  assert.ok(text('../umbrel/docker-compose.yml').includes(image.source.dockerTag))
  assert.ok(text('../umbrel/umbrel-app.yml').includes(`version: "${version}"`))
})

test('the configuration', () => {
  const file = config({ rpc: '10.0.3.1:40001', zmq: '10.0.3.1:40002' })
  const ports = [file.pools.solo.listen[0].address, file.http.listen].map(
    (a) => a.split(':')[1],
  )
  assert.ok(text('../docker/Dockerfile').includes(`EXPOSE ${ports.join(' ')}\n`))
  assert.ok(!JSON.stringify(file).includes('password'))
  if (process.env.STARTOS_TOML)
    writeFileSync(process.env.STARTOS_TOML, TOML.stringify(file))
})
