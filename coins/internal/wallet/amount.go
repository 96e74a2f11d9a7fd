package wallet

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// format is an amount of base units as nodes write it: a decimal number of
// coins.
func format(amount uint64, decimals uint8) json.Number {
	digits := fmt.Sprintf("%0*d", int(decimals)+1, amount)
	at := len(digits) - int(decimals)
	if decimals == 0 {
		return json.Number(digits)
	}
	return json.Number(digits[:at] + "." + digits[at:])
}

// parse is the inverse of format, and reads what nodes write of small numbers,
// such as 1e-05.
func parse(n json.Number, decimals uint8) (uint64, error) {
	text, exponent := strings.ToLower(n.String()), 0
	if mantissa, e, ok := strings.Cut(text, "e"); ok {
		v, err := strconv.Atoi(e)
		if err != nil || v < -30 || v > 30 {
			return 0, fmt.Errorf("%q is no amount", n)
		}
		text, exponent = mantissa, v
	}
	whole, part, _ := strings.Cut(text, ".")
	shift := int(decimals) + exponent - len(part)
	digits := whole + part
	if shift < 0 {
		cut := max(0, len(digits)+shift)
		if strings.Trim(digits[cut:], "0") != "" {
			return 0, fmt.Errorf("%q has more than %d decimals", n, decimals)
		}
		digits, shift = digits[:cut], 0
	}
	if digits = strings.TrimLeft(digits, "0"); digits == "" {
		return 0, nil
	}
	v, err := strconv.ParseUint(digits+strings.Repeat("0", shift), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no amount", n)
	}
	return v, nil
}
