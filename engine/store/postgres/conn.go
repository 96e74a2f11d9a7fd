package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// defaultSchema is used where the connection string has no search_path.
const defaultSchema = "motherlode"

// parse reads a connection string. What is the same for all connections is set.
func parse(database string) (cfg *pgconn.Config, schema string, err error) {
	if cfg, err = pgconn.ParseConfig(database); err != nil {
		return nil, "", fmt.Errorf("the connection string of the database is wrong: %w", withoutString(err))
	}
	schema = defaultSchema
	if path, ok := cfg.RuntimeParams["search_path"]; ok {
		schema = strings.Trim(strings.TrimSpace(path), `"`)
		if schema == "" || strings.ContainsAny(schema, "\",") {
			return nil, "", errors.New("search_path of the database is no single schema")
		}
		delete(cfg.RuntimeParams, "search_path")
	}
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "motherlode"
	}
	if cfg.ConnectTimeout <= 0 || cfg.ConnectTimeout > connectWait {
		cfg.ConnectTimeout = connectWait
	}
	return cfg, `"` + schema + `"`, nil
}

// withoutString is what a ParseConfigError says, less the connection string.
func withoutString(err error) error {
	var parse *pgconn.ParseConfigError
	if !errors.As(err, &parse) {
		return err
	}
	if inner := parse.Unwrap(); inner != nil {
		return inner
	}
	_, text, found := strings.Cut(parse.Error(), "`: ")
	if !found {
		text = "it cannot be read"
	}
	return errors.New(text)
}

// conn is a connection with its statements prepared.
type conn struct {
	pg   *pgconn.PgConn
	ctx  context.Context
	wait time.Duration // for each answer
	end  time.Time     // at most until then; zero: no such limit
}

// The statements; SCHEMA is replaced. Each "page" has the forms of a range that is
// open or closed at one end.
var statements = map[string]string{
	"owner": `select writer, commits from SCHEMA.owner`,
	"names": `select id, name from SCHEMA.buckets`,
	"get":   `select value from SCHEMA.rows where bucket = $1 and key = $2`,
	"some":  `select key, value from SCHEMA.rows where bucket = $1 and key = any($2::bytea[])`,
	"first": `select key, value from SCHEMA.rows where bucket = $1 order by key limit $2`,
	"last":  `select key, value from SCHEMA.rows where bucket = $1 order by key desc limit $2`,
	"from":  `select key, value from SCHEMA.rows where bucket = $1 and key >= $3 order by key limit $2`,
	"after": `select key, value from SCHEMA.rows where bucket = $1 and key > $3 order by key limit $2`,
	"until": `select key, value from SCHEMA.rows where bucket = $1 and key < $3 order by key desc limit $2`,
}

var writeStatements = map[string]string{
	"next": `update SCHEMA.owner set commits = commits + 1 where writer = $1 and commits = $2`,
	"put": `insert into SCHEMA.rows as r (bucket, key, value) select $1, * from unnest($2::bytea[], $3::bytea[])
		on conflict (bucket, key) do update set value = excluded.value`,
	"delete": `delete from SCHEMA.rows r using unnest($2::bytea[]) as gone(key) where r.bucket = $1 and r.key = gone.key`,
	"make":   `insert into SCHEMA.buckets (id, name) values ($1, $2)`,
	"drop":   `delete from SCHEMA.buckets where id = $1`,
	"empty":  `delete from SCHEMA.rows where bucket = $1`,
}

// connect opens a connection until end, whose answers may take so long.
func (s *Store) connect(wait time.Duration, end time.Time) (*conn, error) {
	cfg := s.config.Copy()
	if cfg.RuntimeParams["statement_timeout"] == "" {
		cfg.RuntimeParams["statement_timeout"] = fmt.Sprint((wait - wait/5).Milliseconds()) // which comes before ours
	}
	cfg.RuntimeParams["idle_in_transaction_session_timeout"] = fmt.Sprint((2 * updateWait).Milliseconds())
	if left := time.Until(end); left < cfg.ConnectTimeout {
		cfg.ConnectTimeout = max(left, 1)
	}
	ctx, cancel := context.WithTimeout(s.ctx, cfg.ConnectTimeout)
	defer cancel()
	pg, err := pgconn.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return &conn{pg: pg, ctx: s.ctx, wait: wait}, nil
}

// prepare prepares statements, in one round trip.
func (c *conn) prepare(schema string, sets ...map[string]string) error {
	return c.within(func(ctx context.Context) error {
		p := c.pg.StartPipeline(ctx)
		for _, all := range sets {
			for name, text := range all {
				p.SendPrepare(name, strings.ReplaceAll(text, "SCHEMA", schema), nil)
			}
		}
		err := p.Sync()
		for err == nil {
			var got any
			if got, err = p.GetResults(); got == nil {
				break
			}
		}
		return errors.Join(err, p.Close())
	})
}

func (c *conn) within(do func(context.Context) error) error {
	end := time.Now().Add(c.wait)
	if !c.end.IsZero() && c.end.Before(end) {
		end = c.end
	}
	ctx, cancel := context.WithDeadline(c.ctx, end)
	defer cancel()
	return do(ctx)
}

// exec runs statements that give nothing.
func (c *conn) exec(sql string) error {
	return c.within(func(ctx context.Context) error { return c.pg.Exec(ctx, sql).Close() })
}

// ask runs one statement that is not prepared.
func (c *conn) ask(sql string, params ...[]byte) (rows [][][]byte, err error) {
	err = c.within(func(ctx context.Context) error {
		r := c.pg.ExecParams(ctx, sql, params, nil, binary1, binary1).Read()
		rows = r.Rows
		return r.Err
	})
	return rows, err
}

// run runs a prepared statement.
func (c *conn) run(name string, params ...[]byte) (rows [][][]byte, err error) {
	err = c.within(func(ctx context.Context) error {
		r := c.pg.ExecPrepared(ctx, name, params, binary1, binary1).Read()
		rows = r.Rows
		return r.Err
	})
	return rows, err
}

// send runs a batch in one round trip.
func (c *conn) send(b *pgconn.Batch) (out []*pgconn.Result, err error) {
	err = c.within(func(ctx context.Context) error {
		out, err = c.pg.ExecBatch(ctx, b).ReadAll()
		return err
	})
	return out, err
}

func (c *conn) close() {
	ctx, cancel := context.WithTimeout(c.ctx, time.Second)
	defer cancel()
	_ = c.pg.Close(ctx) // nothing depends on how it ends
}

// binary1 says that all parameters or columns are in binary form.
var binary1 = []int16{1}

func int4(v int32) []byte  { return binary.BigEndian.AppendUint32(nil, uint32(v)) }
func int8_(v int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(v)) }

// array is a bytea[] in binary form: dimensions, a flag for nulls, the type of the
// elements, their number, the first index; then each with its length.
type array struct {
	b []byte
	n uint32
}

const (
	oidBytea   = 17
	arrayHead  = 20
	arrayCount = 12 // where the number is
)

func (a *array) add(v []byte) {
	if a.b == nil {
		for _, h := range []uint32{1, 0, oidBytea, 0, 1} {
			a.b = binary.BigEndian.AppendUint32(a.b, h)
		}
	}
	a.n++
	binary.BigEndian.PutUint32(a.b[arrayCount:], a.n)
	a.b = binary.BigEndian.AppendUint32(a.b, uint32(len(v)))
	a.b = append(a.b, v...)
}
