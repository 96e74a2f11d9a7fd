package settings

import (
	"encoding/json"
	"reflect"
	"time"
)

// Schema is the JSON schema (draft 2020-12) of the settings that Decode takes
// into a struct like the one that defaults points to; its values are named as
// the defaults.
func Schema(title string, defaults any) []byte {
	s := object(reflect.ValueOf(defaults).Elem())
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = title
	out, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic("settings: schema of a struct of plain types cannot fail: " + err.Error())
	}
	return out
}

type schema = map[string]any

// durationPattern is what time.ParseDuration takes, so that the schema refuses
// nothing that Decode would take.
const durationPattern = `^[-+]?(0|(([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$`

func object(v reflect.Value) schema {
	properties := schema{}
	required := []string{}
	for _, f := range fieldsOf(v) {
		p := of(f.value)
		if f.doc != "" {
			p["description"] = f.doc
		}
		properties[f.name] = p
		if f.required {
			required = append(required, f.name)
		}
	}
	return schema{
		"type":                 "object",
		"properties":           properties,
		"required":             required,
		"additionalProperties": false,
	}
}

func of(v reflect.Value) schema {
	t := v.Type()
	switch {
	case t == durationType:
		s := schema{"type": "string", "pattern": durationPattern}
		if d := v.Int(); d != 0 {
			s["default"] = time.Duration(d).String()
		}
		return s
	case t.Kind() == reflect.Pointer:
		return of(reflect.New(t.Elem()).Elem())
	case t.Kind() == reflect.Struct:
		return object(v)
	case t.Kind() == reflect.Slice:
		return schema{"type": "array", "items": of(reflect.New(t.Elem()).Elem())}
	case t.Kind() == reflect.String:
		return withDefault(v, schema{"type": "string"})
	case t.Kind() == reflect.Bool:
		return withDefault(v, schema{"type": "boolean"})
	}
	s := schema{"type": "integer"}
	if t.Kind() >= reflect.Uint && t.Kind() <= reflect.Uint64 {
		s["minimum"] = 0
	}
	return withDefault(v, s)
}

func withDefault(v reflect.Value, s schema) schema {
	if !v.IsZero() {
		s["default"] = v.Interface()
	}
	return s
}
