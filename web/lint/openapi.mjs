// Lints an OpenAPI document by the rules of redocly.yaml. The linter is the library
// of Redocly's program, without that program: it asks nobody and reports to nobody.
import { formatProblems, getTotals, lint, loadConfig } from '@redocly/openapi-core'

const config = await loadConfig({ configPath: new URL('redocly.yaml', import.meta.url).pathname })
const problems = await lint({ ref: process.argv[2], config })
const totals = getTotals(problems)
formatProblems(problems, { format: 'codeframe', totals, version: '' })
console.log(`${process.argv[2]}: ${totals.errors} errors, ${totals.warnings} warnings`)
process.exitCode = totals.errors + totals.warnings > 0 ? 1 : 0
