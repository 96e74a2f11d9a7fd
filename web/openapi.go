package web

import _ "embed"

// OpenAPI is the description of the HTTP API, OpenAPI 3.1 as YAML.
//
//go:embed openapi.yaml
var OpenAPI []byte

// OpenAPIJSON is the same as JSON; a test keeps it in step.
//
//go:embed openapi.json
var OpenAPIJSON []byte
