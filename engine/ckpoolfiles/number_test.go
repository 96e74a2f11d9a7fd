package ckpoolfiles

import (
	"encoding/json"
	"math"
	"testing"
)

func TestRate(t *testing.T) {
	for name, c := range map[string]struct {
		rate rate
		want string
	}{
		"nothing":                   {0, "0"},
		"less than one":             {0.7, "0"},
		"cut, not rounded":          {999.9, "999"},
		"kilo":                      {1000, "1K"},
		"three digits":              {1234, "1.23K"},
		"no zeros behind":           {1.8e12, "1.8T"},
		"two before the point":      {17.84e9, "17.8G"},
		"three before the point":    {439.2e9, "439G"},
		"mega":                      {500e6, "500M"},
		"peta":                      {1.5e15, "1.5P"},
		"a thousand by rounding":    {999.6e12, "1P"},
		"just below":                {999.4e12, "999T"},
		"exa":                       {2e18, "2E"},
		"nothing beyond exa":        {1234e18, "1230E"},
		"not a number":              {rate(math.NaN()), "0"},
		"infinite":                  {rate(math.Inf(1)), "0"},
		"below nothing":             {-5, "0"},
		"a thousand kilo, rounding": {999_500, "1M"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.rate.String(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestNumbers(t *testing.T) {
	for name, c := range map[string]struct {
		v    any
		want string
	}{
		"a real has a point":      {real(12), "12.0"},
		"nothing as a real":       {real(0), "0.0"},
		"all digits of a real":    {real(1234567.890123), "1234567.890123"},
		"a large real":            {real(1e17), "100000000000000000.0"},
		"no number":               {real(math.NaN()), "0.0"},
		"three digits":            {short(0.35149), "0.351"},
		"three digits, large":     {short(12345.6), "12300.0"},
		"three digits, point":     {short(2), "2.0"},
		"infinite, three digits":  {short(math.Inf(1)), "0.0"},
		"whole, down":             {whole(169302.99), "169302"},
		"whole, less than one":    {whole(0.5), "0"},
		"whole, no number":        {whole(math.NaN()), "0"},
		"whole, too large":        {whole(1e30), "9223372036854775807"},
		"whole, below nothing":    {whole(-1), "0"},
		"seconds of milliseconds": {unix(1700000000999), "1700000000"},
		"seconds of no time":      {unix(0), "0"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := json.Marshal(c.v)
			if err != nil || string(got) != c.want {
				t.Errorf("got %s, %v, want %s", got, err, c.want)
			}
		})
	}
}
