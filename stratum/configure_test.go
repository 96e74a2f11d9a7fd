package stratum

import "testing"

func TestPoint21And22Configure(t *testing.T) {
	granted := `{"version-rolling":true,"version-rolling.mask":"1fffe000"}`
	for _, c := range []struct {
		name, params, want string
		mask               uint32
	}{
		{"bitaxe", `[["version-rolling"],{"version-rolling.mask":"ffffffff"}]`, granted, 0x1fffe000},
		{"whatsminer, no bit count", `[["version-rolling"],{"version-rolling.mask":"1fffe000"}]`, granted, 0x1fffe000},
		{"bit count a number", `[["version-rolling"],{"version-rolling.mask":"1fffe000","version-rolling.min-bit-count":16}]`, granted, 0x1fffe000},
		{"bit count in hex", `[["version-rolling"],{"version-rolling.mask":"1fffe000","version-rolling.min-bit-count":"00000010"}]`, granted, 0x1fffe000},
		{"too few bits", `[["version-rolling"],{"version-rolling.mask":"1fffe000","version-rolling.min-bit-count":17}]`, `{"version-rolling":false}`, 0x1fffe000},
		{"upper case", `[["version-rolling"],{"version-rolling.mask":"1FFFE000"}]`, granted, 0x1fffe000},
		{"intersection", `[["version-rolling"],{"version-rolling.mask":"00c0ff00"}]`, `{"version-rolling":true,"version-rolling.mask":"00c0e000"}`, 0x1fffe000},
		{"nothing in common", `[["version-rolling"],{"version-rolling.mask":"e0000000"}]`, `{"version-rolling":false}`, 0x1fffe000},
		{"no mask", `[["version-rolling"]]`, granted, 0x1fffe000},
		{"mask no hex", `[["version-rolling"],{"version-rolling.mask":"zz"}]`, `{"version-rolling":false}`, 0x1fffe000},
		{"24: coin without", `[["version-rolling"],{"version-rolling.mask":"1fffe000"}]`, `{"version-rolling":false}`, 0},
		{"all", `[["minimum-difficulty","version-rolling","subscribe-extranonce","info","novel"],{"minimum-difficulty.value":2048,"info.sw-version":"1"}]`,
			`{"info":true,"minimum-difficulty":true,"novel":false,"subscribe-extranonce":true,"version-rolling":true,"version-rolling.mask":"1fffe000"}`, 0x1fffe000},
		{"minimum without value", `[["minimum-difficulty"],{}]`, `{"minimum-difficulty":false}`, 0x1fffe000},
		{"minimum not positive", `[["minimum-difficulty"],{"minimum-difficulty.value":-1}]`, `{"minimum-difficulty":false}`, 0x1fffe000},
		{"empty list", `[[],{}]`, `{}`, 0x1fffe000},
		{"no params", `[]`, `{}`, 0x1fffe000},
		{"wrong types", `[7,[]]`, `{}`, 0x1fffe000},
		{"list with others", `[[1,null,"x"],null]`, `{"x":false}`, 0x1fffe000},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPool()
			p.mask = c.mask
			conn := &sink{keep: true}
			s := bare(p, conn)
			s.feed([]byte(`{"id":1,"method":"mining.configure","params":` + c.params + "}\n"))
			if got, want := string(conn.last), `{"id":1,"result":`+c.want+`,"error":null}`+"\n"; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestPoint23ConfigureAgainHoldsFromTheNextJob(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	srv, addr := serve(t, p, nil)
	c := dial(t, addr)
	c.login()
	rolled := func(job, bits string) string {
		return `{"id":4,"method":"mining.submit","params":["w","` + job + `","0102030405060708","65000000","00000001","` + bits + `"]}`
	}
	c.send(rolled("j1", "00002000"))
	c.want(refused("4", VersionNotGranted))
	c.send(rolled("j1", "00000000"))
	c.want(accepted("4"))
	c.send(`{"id":9,"method":"mining.configure","params":[["version-rolling"],{"version-rolling.mask":"00006000"}]}`)
	c.message()
	c.expect("mining.set_version_mask")
	c.send(rolled("j1", "00002000"))
	c.want(refused("4", VersionNotGranted))
	srv.Broadcast(p.put(newJob(2, false)))
	c.expect("mining.notify")
	for _, x := range []struct {
		job, bits string
		want      Reason
	}{
		{"j2", "00002000", Accepted}, {"j2", "00006000", Accepted}, {"j2", "00008000", VersionBits},
		{"j1", "00002000", VersionNotGranted},
	} {
		c.send(rolled(x.job, x.bits))
		c.want(refused("4", x.want))
	}
	c.send(`{"id":9,"method":"mining.configure","params":[["version-rolling"],{"version-rolling.mask":"0001e000"}]}`)
	c.message()
	srv.Broadcast(p.put(newJob(3, false)))
	c.expect("mining.notify")
	c.send(rolled("j3", "0001e000"))
	c.want(accepted("4"))
	c.send(rolled("j2", "00010000"))
	c.want(refused("4", VersionBits))
	last := p.submissions()
	if s := last[len(last)-1]; s.VersionBits != 0x0001e000 || s.Mask != 0x0001e000 {
		t.Errorf("judged with bits %08x mask %08x, want 0001e000 twice", s.VersionBits, s.Mask)
	}
}
