package configs

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"
)

var (
	durationType = reflect.TypeFor[Duration]()
	auxType      = reflect.TypeFor[Aux]()
	coinType     = reflect.TypeFor[Coin]()
)

// defaultOf is a value of type t with every default.
func defaultOf(t reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	switch p := v.Addr().Interface().(type) {
	case *Pool:
		*p = DefaultPool()
	case *Listen:
		*p = DefaultListen()
	case *Aux:
		*p = DefaultAux()
	case *Payouts:
		*p = DefaultPayouts()
	}
	return v
}

// decoder moves what the TOML parser read into the schema's structs, table by
// table, and goes on after each problem.
type decoder struct {
	problem func(key, format string, args ...any)
}

// value decodes in, which stands at path, into out. On a problem out keeps what
// it held, its default.
func (d *decoder) value(path string, in any, out reflect.Value) {
	switch out.Type() {
	case durationType:
		d.duration(path, in, out)
		return
	case auxType:
		if name, ok := in.(string); ok {
			out.FieldByName("Coin").SetString(name)
			return
		}
		if _, ok := in.(map[string]any); !ok {
			d.wrong(path, in, "a coin's name or a table like { coin = \"name\", cap = false }")
			return
		}
	}
	switch out.Kind() {
	case reflect.Pointer:
		v := defaultOf(out.Type().Elem())
		d.value(path, in, v)
		out.Set(v.Addr())
	case reflect.Struct:
		d.table(path, in, out)
	case reflect.Map:
		d.tables(path, in, out)
	case reflect.Slice:
		d.list(path, in, out)
	default:
		d.scalar(path, in, out)
	}
}

func (d *decoder) wrong(path string, in any, want string) {
	d.problem(path, "is %s; expected %s", kindOf(in), want)
}

func (d *decoder) scalar(path string, in any, out reflect.Value) {
	switch v := in.(type) {
	case string:
		if out.Kind() == reflect.String {
			out.SetString(v)
			return
		}
	case bool:
		if out.Kind() == reflect.Bool {
			out.SetBool(v)
			return
		}
	case float64:
		if out.Kind() == reflect.Float64 {
			out.SetFloat(v)
			return
		}
	case int64:
		switch {
		case out.Kind() == reflect.Float64:
			out.SetFloat(float64(v))
			return
		case out.Kind() == reflect.Int && !out.OverflowInt(v):
			out.SetInt(v)
			return
		}
	}
	d.wrong(path, in, wantOf(out.Kind()))
}

func (d *decoder) duration(path string, in any, out reflect.Value) {
	const want = `a duration like "30s" or "1m30s"`
	text, ok := in.(string)
	if !ok {
		d.wrong(path, in, want)
		return
	}
	v, err := time.ParseDuration(text)
	if err != nil {
		d.problem(path, "%q is no duration; expected %s", text, want)
		return
	}
	out.SetInt(int64(v))
}

// table decodes a table with known keys.
func (d *decoder) table(path string, in any, out reflect.Value) {
	values, ok := in.(map[string]any)
	if !ok {
		d.wrong(path, in, "a table")
		return
	}
	fields := fieldsOf(out)
	for _, key := range slices.Sorted(maps.Keys(values)) {
		v := values[key]
		if field, ok := fields[key]; ok {
			d.value(join(path, key), v, field)
			continue
		}
		d.unknown(path, key, out.Type(), fields)
	}
}

func (d *decoder) unknown(path, key string, table reflect.Type, fields map[string]reflect.Value) {
	known := make([]string, 0, len(fields))
	for name := range fields {
		known = append(known, name)
	}
	hint := expected(key, known)
	if table == coinType && nearest(key, known) == "" {
		hint += fmt.Sprintf("; what only the driver reads belongs in [%s.settings]", path)
	}
	d.problem(join(path, key), "unknown key; %s", hint)
}

// tables decodes a table whose keys are names: of coins, of pools, of what only
// a driver reads.
func (d *decoder) tables(path string, in any, out reflect.Value) {
	values, ok := in.(map[string]any)
	if !ok {
		d.wrong(path, in, "a table")
		return
	}
	elem := out.Type().Elem()
	if elem.Kind() == reflect.Interface {
		out.Set(reflect.ValueOf(values))
		return
	}
	made := reflect.MakeMapWithSize(out.Type(), len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		one := defaultOf(elem)
		d.value(join(path, name), values[name], one)
		made.SetMapIndex(reflect.ValueOf(name), one)
	}
	out.Set(made)
}

func (d *decoder) list(path string, in any, out reflect.Value) {
	v := reflect.ValueOf(in) // []any, or []map[string]any for an array of tables
	if v.Kind() != reflect.Slice {
		d.wrong(path, in, "an array")
		return
	}
	made := reflect.MakeSlice(out.Type(), 0, v.Len())
	for i := range v.Len() {
		one := defaultOf(out.Type().Elem())
		d.value(element(path, i), v.Index(i).Interface(), one)
		made = reflect.Append(made, one)
	}
	out.Set(made)
}

// fieldsOf lists a struct's fields by key.
func fieldsOf(v reflect.Value) map[string]reflect.Value {
	fields := make(map[string]reflect.Value, v.NumField())
	for i := range v.NumField() {
		if key := v.Type().Field(i).Tag.Get("toml"); key != "" {
			fields[key] = v.Field(i)
		}
	}
	return fields
}

func wantOf(k reflect.Kind) string {
	switch k {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	default:
		return "a number"
	}
}

// kindOf says what a value is without repeating it: it may be a password.
func kindOf(v any) string {
	switch v.(type) {
	case string:
		return "a string"
	case bool:
		return "true or false"
	case int64:
		return "a whole number"
	case float64:
		return "a number with a fraction"
	case time.Time:
		return "a date or time"
	case map[string]any:
		return "a table"
	default:
		return "an array"
	}
}
