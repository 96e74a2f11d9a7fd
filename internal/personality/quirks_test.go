package personality

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
)

// hexes is hexadecimal digits for n bytes.
func hexes(n int) string { return strings.Repeat("00", n) }

// A server that does all right is mined at by everybody.
func TestRightServer(t *testing.T) {
	for _, traits := range All() {
		t.Run(traits.Name, func(t *testing.T) {
			f := rightServer()
			if err := meet(t, traits, Options{}, f, 5); !errors.Is(err, errEnough) {
				t.Errorf("got %v, want five shares; it sent\n%s", err, strings.Join(f.got, "\n"))
			}
		})
	}
}

// wrong is one thing done wrong and who notices it.
type wrong struct {
	name  string
	who   Traits
	spoil func(*fake)
	want  Quirk
}

func wrongs() []wrong {
	begin := func(lines ...string) func(*fake) { return func(f *fake) { f.begin = lines } }
	job := func(change ...func([]any) []any) func(*fake) { return begin(difficultyLine(easy), jobLine(change...)) }
	before := func(method string, lines ...string) func(*fake) {
		return func(f *fake) { f.before[method] = lines }
	}
	later := func(lines ...string) func(*fake) { return func(f *fake) { f.after = lines } }
	subscribed := func(text string) func(*fake) { return func(f *fake) { f.subscribe = text } }
	size := func(n string) func(*fake) {
		return subscribed(result(`[[["mining.notify","0123"]],"01020304",` + n + `]`))
	}
	configured := func(text string) func(*fake) { return func(f *fake) { f.configure = result(text) } }
	submitted := func(text string) func(*fake) { return func(f *fake) { f.submit = text } }
	quoted := func(f *fake) { f.id = func(id string) string { return `"` + id + `"` } }
	branch := func(n int) func(*fake) {
		var list []string
		for range n {
			list = append(list, strings.Repeat("cd", 32))
		}
		return job(with(4, list))
	}
	coinbase := func(n int) func(*fake) { return job(with(3, coinMid+coinTail+hexes(n))) }

	const (
		unknown = `{"id":null,"method":"mining.set_goal","params":["x"]}`
		ping    = `{"id":9,"method":"mining.ping","params":[]}`
		message = `{"id":null,"method":"client.show_message","params":["hello"]}`
		maskNow = `{"id":null,"method":"mining.set_version_mask","params":["1fffe000"]}`
		noMask  = `{"id":null,"method":"mining.set_version_mask","params":["00000000"]}`
		garbage = `this is no JSON`
	)
	return []wrong{
		// pooler's cpuminer
		{"difficulty before the subscribe reply", CPUMiner(), before("mining.subscribe", difficultyLine(easy)), FirstLine},
		{"job before the subscribe reply", CPUMiner(), before("mining.subscribe", jobLine()), FirstLine},
		{"ping before the authorize reply", CPUMiner(), before("mining.authorize", ping), UnknownMethod},
		{"mask before the authorize reply", CPUMiner(), before("mining.authorize", maskNow), UnknownMethod},
		{"subscribe reply without result", CPUMiner(), subscribed(`"error":null`), ReplyForm},
		{"subscribe result without extranonce", CPUMiner(), subscribed(result(`[[]]`)), SubscribeForm},
		{"extranonce2 of no bytes", CPUMiner(), size("0"), Extranonce2Size},
		{"extranonce2 of 101 bytes", CPUMiner(), size("101"), Extranonce2Size},
		{"extranonce1 of half a byte", CPUMiner(), subscribed(result(`[[],"012",8]`)), Extranonce1},
		{"worker refused", CPUMiner(), func(f *fake) { f.authorize = result("false") }, AuthorizeRefused},
		{"worker refused with an error", CPUMiner(), func(f *fake) { f.authorize = `"result":null,"error":[24,"no",null]` }, AuthorizeRefused},
		{"share's reply without result", CPUMiner(), submitted(`"error":null`), ReplyForm},
		{"share's reply without id", CPUMiner(), func(f *fake) {
			f.submit = ""
			f.after = []string{`{"id":null,"result":true,"error":null}`}
		}, ReplyID},
		{"the present job's id again", CPUMiner(), later(jobLine(with(7, "5f5e1001"))), JobRepeated},
		{"previous hash of 63 digits", CPUMiner(), job(with(1, strings.Repeat("a", 63))), JobForm},
		{"time of 7 digits", CPUMiner(), job(with(7, "5f5e100")), JobForm},
		{"branch step of 31 bytes", CPUMiner(), job(with(4, []string{hexes(31)})), JobForm},
		{"difficulty as text", CPUMiner(), begin(difficultyLine("1"), jobLine()), DifficultyForm},
		{"difficulty of zero", CPUMiner(), begin(difficultyLine(0), jobLine()), DifficultyForm},
		{"job without id", CPUMiner(), job(with(0, 7)), JobID},
		{"share refused", CPUMiner(), submitted(`"result":null,"error":[23,"low difficulty",null]`), ShareRefused},
		{"time and nonce as numbers refused", Numbers(), submitted(`"result":null,"error":[20,"malformed",null]`), ShareRefused},

		// cgminer and what descends from it
		{"unknown method before the authorize reply", CGMiner(), before("mining.authorize", unknown), UnknownMethod},
		{"extranonce2 of 1 byte", CGMiner(), size("1"), Extranonce2Size},
		{"extranonce2 of 9 bytes", CGMiner(), size("9"), Extranonce2Size},
		{"negative difficulty", CGMiner(), begin(difficultyLine(-1), jobLine()), DifficultyForm},
		{"job id that makes the submission too long", CGMiner(), job(with(0, strings.Repeat("a", 1000))), SubmitTooLong},
		{"configure of another shape", Antminer(), configured(`[]`), ConfigureForm},
		{"configure that says nothing of what was asked", Antminer(), configured(`{}`), ConfigureForm},
		{"grant without a mask", Antminer(), configured(`{"version-rolling":true}`), ConfigureForm},
		{"mask of 7 digits", Antminer(), configured(`{"version-rolling":true,"version-rolling.mask":"1fffe00"}`), ConfigureForm},
		{"extranonce.subscribe refused", Antminer(), func(f *fake) { f.other = `"result":null,"error":[20,"unknown",null]` }, ExtranonceRefused},
		{"job version inside the mask", Antminer(), job(with(5, "20002000")), VersionBits},
		{"coinbase above 750 bytes", Antminer(), coinbase(700), CoinbaseSize},
		{"coinbase above 2,250 bytes", AntminerS21(), coinbase(2200), CoinbaseSize},
		{"mask before the authorize reply", AntminerS21(), before("mining.authorize", maskNow), MaskTooEarly},
		{"extranonce2 of 9 bytes", Whatsminer(), size("9"), Extranonce2Size},
		{"coinbase above 6,500 bytes", Whatsminer(), coinbase(6500), CoinbaseSize},
		{"difficulty before the configure reply", Avalon(), before("mining.configure", difficultyLine(easy)), FirstLine},
		{"no version rolling", Avalon(), configured(`{"version-rolling":false}`), RollingRefused},
		{"mask of zero", Avalon(), configured(`{"version-rolling":true,"version-rolling.mask":"00000000"}`), RollingRefused},
		{"configure refused", Avalon(), func(f *fake) { f.configure = `"result":null,"error":[20,"unknown",null]` }, RollingRefused},
		{"extranonce2 of 2 bytes", Avalon(), size("2"), Extranonce2Size},
		{"branch of 31 steps", Avalon(), branch(31), BranchLength},
		{"coinbase too long behind the extranonce", Avalon(), coinbase(6144), CoinbaseSize},

		// Braiins
		{"no version rolling", Braiins(), configured(`{"version-rolling":false}`), RollingRefused},
		{"mask taken away", Braiins(), later(noMask), RollingRefused},
		{"client.show_message", Braiins(), later(message), UnknownMethod},
		{"ids as text", Braiins(), quoted, ReplyID},
		{"error as an object", Braiins(), submitted(`"result":null,"error":{"code":20,"message":"x"}`), ReplyForm},
		{"error of two parts", Braiins(), submitted(`"result":null,"error":[21,"x"]`), ReplyForm},
		{"subscription of one part", Braiins(), subscribed(result(`[["mining.notify"],"01020304",8]`)), SubscribeForm},
		{"set_difficulty of two parameters", Braiins(), begin(`{"id":null,"method":"mining.set_difficulty","params":[1,2]}`), DifficultyForm},
		{"set_version_mask of two parameters", Braiins(), later(`{"id":null,"method":"mining.set_version_mask","params":["1fffe000",1]}`), ConfigureForm},
		{"notify of ten parameters", Braiins(), job(func(p []any) []any { return append(p, false) }), JobForm},
		{"notify of eight parameters", Braiins(), job(func(p []any) []any { return p[:8] }), JobForm},
		{"job id that is not hexadecimal", Braiins(), job(with(0, "job-1")), JobID},
		{"job id of odd length", Braiins(), job(with(0, "123")), JobID},
		{"a line that is no JSON", Braiins(), later(garbage), BadJSON},
		{"coinbase above 2,250 bytes", Braiins(), coinbase(2200), CoinbaseSize},

		// ESP-Miner and others on small chips
		{"job before the subscribe reply", Bitaxe(), before("mining.subscribe", jobLine()), JobTooEarly},
		{"ids as text", Bitaxe(), quoted, ReplyID},
		{"a job id of the last 16 again, not clean", Bitaxe(), later(jobLine(with(0, "02"), with(8, false)), jobLine(with(8, false))), JobRepeated},
		{"branch of 33 steps", Bitaxe(), branch(33), BranchLength},
		{"extranonce2 of 33 bytes", Bitaxe(), size("33"), Extranonce2Size},
		{"extranonce2 of 33 bytes later", Bitaxe(), later(`{"id":null,"method":"mining.set_extranonce","params":["01",33]}`), Extranonce2Size},
		{"set_extranonce of one parameter", Bitaxe(), later(`{"id":null,"method":"mining.set_extranonce","params":["01"]}`), Extranonce1},
		{"notify of seven parameters", Bitaxe(), job(func(p []any) []any { return p[:7] }), JobForm},
		{"job version inside the mask", Bitaxe(), job(with(5, "20002000")), VersionBits},
		{"job id that makes the submission too long", Bitaxe(), job(with(0, strings.Repeat("a", 1000))), SubmitTooLong},
		{"coinbase above 6,500 bytes", Bitaxe(), coinbase(6500), CoinbaseSize},
		{"a line of 16,384 bytes", NerdQAxe(), later(message[:len(message)-2] + strings.Repeat(" ", 17000) + "]}"), LongLine},
		{"a line that does not end", NerdQAxe(), func(f *fake) { f.subscribe, f.cut = result(`"`+strings.Repeat("a", 17000)+`"`), true }, LongLine},
		{"a line that is no JSON", NerdQAxe(), later(garbage), BadJSON},
		{"ids as text", NerdQAxe(), quoted, ReplyID},
		{"difficulty below one", NerdQAxe(), begin(difficultyLine(1e-13), jobLine()), DifficultyWhole},
		{"branch of 33 steps", NerdQAxe(), branch(33), BranchLength},
		{"difficulty before the subscribe reply", NerdMiner(), before("mining.subscribe", difficultyLine(easy)), FirstLine},
		{"a line of more than 4,096 bytes", NerdMiner(), coinbase(2000), LongLine},
		{"extranonce2 of 3 bytes", NerdMiner(), size("3"), Extranonce2Size},
		{"difficulty above one", NerdMiner(), begin(difficultyLine(2), jobLine()), DifficultyTooHigh},

		// Those who rent
		{"difficulty below the minimum", NiceHash(), begin(difficultyLine(easy/3), jobLine()), DifficultyTooLow},
		{"extranonce2 of 3 bytes", NiceHash(), size("3"), Extranonce2Size},
		{"reply without error", NiceHash(), submitted(`"result":true`), ReplyForm},
		{"coinbase above 500 bytes", NiceHash(), coinbase(450), CoinbaseSize},
		{"extranonce.subscribe refused", NiceHash(), func(f *fake) { f.other = result("false") }, ExtranonceRefused},
		{"difficulty below the rig's band", MiningRigRentals(), begin(difficultyLine(easy/2), jobLine()), DifficultyTooLow},
		{"difficulty above the rig's band", MiningRigRentals(), begin(difficultyLine(easy*5), jobLine()), DifficultyTooHigh},
	}
}

// Each wrong is noticed, and as what it is.
func TestWrongServers(t *testing.T) {
	for _, tt := range wrongs() {
		t.Run(tt.who.Name+"/"+tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := rightServer()
				tt.spoil(f)
				err := meet(t, tt.who, Options{}, f, 50)
				var v *Violation
				if !errors.Is(err, tt.want) || !errors.As(err, &v) || v.Miner != tt.who.Name || v.Did == "" {
					t.Errorf("got %v, want %q; it sent\n%s", err, tt.want, strings.Join(f.got, "\n"))
				}
			})
		})
	}
}
