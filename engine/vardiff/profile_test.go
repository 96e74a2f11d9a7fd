package vardiff

import "testing"

func TestProfileInTheUnitsOfTheCoin(t *testing.T) {
	for _, c := range []struct {
		algorithm, name string
		one             float64
		want            Profile
		ok              bool
	}{
		{"sha256d", "", 1 << 32, Profile{8192, 1, 0, 18, 524_288}, true},
		{"sha256d", "normal", 4295032833, Profile{8192, 1, 0, 18, 524_288}, true}, // 2^256 / 0xffff * 2^208
		{"sha256d", "low", 1 << 32, Profile{0.001, 1e-6, 0, 6, 524_288}, true},
		{"scrypt", "rental", 1 << 16, Profile{524_288, 65_536, 0, 12, 524_288}, true},
		{"scrypt", "normal", 1 << 32, Profile{1, 0.00098, 0, 18, 8}, true}, // a coin that counts as Bitcoin does
		{"sha3x", "normal", 1, Profile{4e9, 1e6, 0, 18, 0}, true},
		{"randomx", "normal", 1, Profile{1e5, 1e3, 0, 18, 0}, true},
		{"randomx", "low", 1000, Profile{10, 0.01, 0, 6, 0}, true},
		{"sha256d", "huge", 1, Profile{}, false},
		{"randomx", "huge", 1, Profile{}, false},
	} {
		got, ok := ProfileFor(c.algorithm, c.name, c.one)
		if ok != c.ok || ok && got != c.want {
			t.Errorf("%s %q of %g hashes: got %+v %v, want %+v %v", c.algorithm, c.name, c.one, got, ok, c.want, c.ok)
		}
	}
}

func TestEveryProfileIsOne(t *testing.T) {
	for algorithm := range profiles {
		if customary[algorithm] == 0 {
			t.Errorf("%s: nobody knows what difficulty 1 is", algorithm)
		}
		last := 0.0
		for _, name := range Names() {
			p, ok := ProfileFor(algorithm, name, customary[algorithm])
			if !ok || !(0 < p.Min && p.Min <= p.Start) || p.Start <= last || p.SharesPerMinute <= 0 {
				t.Errorf("%s %s: %+v %v, want 0 < min <= start, and above the one before", algorithm, name, p, ok)
			}
			last = p.Start
		}
	}
}

func TestWhatIsSetWinsOverTheProfile(t *testing.T) {
	p := Profile{Start: 100, Min: 10, SharesPerMinute: 18, NiceHashMin: 500}
	for _, c := range []struct {
		name    string
		o, want Profile
	}{
		{"nothing", Profile{}, p},
		{"everything", Profile{1, 0.5, 2, 3, 4}, Profile{1, 0.5, 2, 3, 4}},
		{"start below the minimum", Profile{Start: 2}, Profile{2, 2, 0, 18, 500}},
		{"minimum above the start", Profile{Min: 200}, Profile{200, 200, 0, 18, 500}},
		{"maximum below the start", Profile{Max: 50}, Profile{50, 10, 50, 18, 500}},
		{"maximum below the minimum", Profile{Max: 5}, Profile{5, 5, 5, 18, 500}},
	} {
		if got := p.With(c.o); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}
