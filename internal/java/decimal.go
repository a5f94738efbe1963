package java

import (
	"math/big"
	"strconv"
)

// Decimal is a BigDecimal: unscaled × 10^-scale.
type Decimal struct {
	unscaled *big.Int
	scale    int
}

// MaxDigits bounds numbers of any precision, so that arithmetic on them costs little.
const MaxDigits = 10_000

// NewDecimal returns unscaled × 10^-scale.
func NewDecimal(unscaled *big.Int, scale int) *Decimal { return &Decimal{unscaled, scale} }

// Scale returns the scale.
func (d *Decimal) Scale() int { return d.scale }

// Unscaled returns the digits as an integer, which is the decimal's own.
func (d *Decimal) Unscaled() *big.Int { return d.unscaled }

// ParseDecimal reads what new BigDecimal(String) reads, unless it is beyond [MaxDigits].
func ParseDecimal(s string) (*Decimal, bool) {
	digits := make([]byte, 0, len(s))
	scale, point, i := 0, false, 0
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		if s[i] == '-' {
			digits = append(digits, '-')
		}
		i++
	}
	sign := len(digits)
scan:
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			digits = append(digits, c)
			if point {
				scale++
			}
		case c == '.' && !point:
			point = true
		default:
			break scan
		}
	}
	if len(digits) == sign || len(digits) > MaxDigits {
		return nil, false
	}
	if i < len(s) {
		if s[i] != 'e' && s[i] != 'E' {
			return nil, false
		}
		exponent, err := strconv.Atoi(s[i+1:])
		if err != nil || exponent > MaxDigits || exponent < -MaxDigits {
			return nil, false
		}
		scale -= exponent
	}
	unscaled, ok := new(big.Int).SetString(string(digits), 10)
	return &Decimal{unscaled, scale}, ok
}

// ToDecimal returns the number as its text says, as new BigDecimal(n.toString()). It is false for what is no number, and
// for infinities and NaN.
func ToDecimal(n Value) (*Decimal, bool) {
	switch n := n.(type) {
	case int32:
		return &Decimal{big.NewInt(int64(n)), 0}, true
	case int64:
		return &Decimal{big.NewInt(n), 0}, true
	case *big.Int:
		return &Decimal{n, 0}, true
	case *Decimal:
		return n, true
	case float64:
		return ParseDecimal(string(AppendDouble(nil, n)))
	}
	return nil, false
}

// Compare orders two decimals by their value.
func (d *Decimal) Compare(e *Decimal) int {
	if c := d.unscaled.Sign() - e.unscaled.Sign(); c != 0 {
		return min(max(c, -1), 1)
	}
	if d.magnitude()+1 < e.magnitude() { // far apart: digits need not be aligned
		return -d.unscaled.Sign()
	}
	if e.magnitude()+1 < d.magnitude() {
		return d.unscaled.Sign()
	}
	a, b := align(d, e)
	return a.Cmp(b)
}

// magnitude returns the power of ten of the first digit, give or take one.
func (d *Decimal) magnitude() int {
	const log2of10 = 3.3219280948873626
	return int(float64(d.unscaled.BitLen())/log2of10) - d.scale
}

// align returns the digits of both at the larger of their scales.
func align(d, e *Decimal) (a, b *big.Int) {
	a, b = d.unscaled, e.unscaled
	switch {
	case d.scale < e.scale:
		a = new(big.Int).Mul(a, pow10(e.scale-d.scale))
	case d.scale > e.scale:
		b = new(big.Int).Mul(b, pow10(d.scale-e.scale))
	}
	return a, b
}

func pow10(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// Add returns d + e.
func (d *Decimal) Add(e *Decimal) *Decimal {
	a, b := align(d, e)
	return &Decimal{new(big.Int).Add(a, b), max(d.scale, e.scale)}
}

// Sub returns d - e.
func (d *Decimal) Sub(e *Decimal) *Decimal {
	a, b := align(d, e)
	return &Decimal{new(big.Int).Sub(a, b), max(d.scale, e.scale)}
}

// Mul returns d × e.
func (d *Decimal) Mul(e *Decimal) *Decimal {
	return &Decimal{new(big.Int).Mul(d.unscaled, e.unscaled), d.scale + e.scale}
}

// Div returns d / e at d's scale, halves rounded down. e must not be zero.
func (d *Decimal) Div(e *Decimal) *Decimal {
	a, b := d.unscaled, e.unscaled
	if e.scale >= 0 {
		a = new(big.Int).Mul(a, pow10(e.scale))
	} else {
		b = new(big.Int).Mul(b, pow10(-e.scale))
	}
	q, r := new(big.Int).QuoRem(a, b, new(big.Int))
	if twice := r.Lsh(r, 1); twice.CmpAbs(b) > 0 {
		q.Add(q, big.NewInt(int64(a.Sign()*b.Sign())))
	}
	return &Decimal{q, d.scale}
}

// Float returns the nearest Double.
func (d *Decimal) Float() float64 {
	f, _ := strconv.ParseFloat(d.unscaled.String()+"e"+strconv.Itoa(-d.scale), 64)
	return f
}

// Int returns the integer part.
func (d *Decimal) Int() *big.Int {
	if d.scale <= 0 {
		return new(big.Int).Mul(d.unscaled, pow10(-d.scale))
	}
	return new(big.Int).Quo(d.unscaled, pow10(d.scale))
}

// Small reports whether arithmetic on the decimal is within [MaxDigits].
func (d *Decimal) Small() bool {
	const bitsPerDigit = 4
	return d.unscaled.BitLen() <= bitsPerDigit*MaxDigits && d.scale <= MaxDigits && d.scale >= -MaxDigits
}

// String is BigDecimal.toString.
func (d *Decimal) String() string {
	digits := new(big.Int).Abs(d.unscaled).String()
	sign := ""
	if d.unscaled.Sign() < 0 {
		sign = "-"
	}
	if d.scale == 0 {
		return sign + digits
	}
	exponent := len(digits) - 1 - d.scale
	if d.scale > 0 && exponent >= -6 {
		for len(digits) <= d.scale {
			digits = "0" + digits
		}
		return sign + digits[:len(digits)-d.scale] + "." + digits[len(digits)-d.scale:]
	}
	if len(digits) > 1 {
		digits = digits[:1] + "." + digits[1:]
	}
	if exponent == 0 {
		return sign + digits
	}
	e := strconv.Itoa(exponent)
	if exponent > 0 {
		e = "+" + e
	}
	return sign + digits + "E" + e
}
