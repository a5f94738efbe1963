package vtl

import (
	"fmt"
	"math"
	"math/big"

	"github.com/dipylon/dipylon/internal/java"
)

// binaryNode is an operation of two operands.
type binaryNode struct {
	operator            kind
	left, right         node
	leftText, rightText string // of +: what null counts as beside a string
}

func (*binaryNode) render(*run) error { return nil }

func (n *binaryNode) truth(r *run) (bool, error) {
	if err := r.enter(); err != nil {
		return false, err
	}
	defer func() { r.depth-- }()
	switch n.operator {
	case logicalAnd, logicalOr:
		t, err := n.left.truth(r)
		if err != nil || t == (n.operator == logicalOr) {
			return t, err
		}
		return n.right.truth(r)
	case plus, minus, times, divide, modulo:
		return false, nil // it is not even evaluated
	}
	left, right, err := n.operands(r)
	if err != nil {
		return false, err
	}
	switch n.operator {
	case equal, notEqual:
		same, err := equals(r, left, right)
		return same == (n.operator == equal), err
	}
	if !java.IsNumber(left) || !java.IsNumber(right) {
		return false, nil
	}
	c := compare(left, right)
	switch n.operator {
	case less:
		return c < 0, nil
	case lessEqual:
		return c <= 0, nil
	case greater:
		return c > 0, nil
	default:
		return c >= 0, nil
	}
}

func (n *binaryNode) value(r *run) (java.Value, error) {
	switch n.operator {
	case plus, minus, times, divide, modulo:
		if err := r.enter(); err != nil {
			return nil, err
		}
		defer func() { r.depth-- }()
		return n.arithmetic(r)
	default:
		return n.truth(r)
	}
}

func (n *binaryNode) operands(r *run) (left, right java.Value, err error) {
	if left, err = n.left.value(r); err != nil {
		return nil, nil, err
	}
	right, err = n.right.value(r)
	return left, right, err
}

// equals is "==": numbers by value, things of one class by equals, others by their text. Null equals null only.
func equals(r *run, left, right java.Value) (bool, error) {
	switch {
	case java.IsNumber(left) && java.IsNumber(right):
		return compare(left, right) == 0, nil
	case left == nil || right == nil:
		if b, ok := left.(*blockValue); ok && right == nil {
			left = b
		}
		l, lok, err := r.text(left)
		if err != nil {
			return false, err
		}
		rt, rok, err := r.text(right)
		return lok == rok && l == rt, err
	case sameClass(left, right):
		return same(left, right), r.budget.Spend(1)
	}
	l, lok, err := r.text(left)
	if err != nil {
		return false, err
	}
	rt, rok, err := r.text(right)
	return lok == rok && l == rt, err
}

func sameClass(left, right java.Value) bool {
	switch l := left.(type) {
	case string:
		_, ok := right.(string)
		return ok
	case bool:
		_, ok := right.(bool)
		return ok
	case *java.Map:
		_, ok := right.(*java.Map)
		return ok
	case *java.List:
		r, ok := right.(*java.List)
		return ok && l.View == r.View
	case *java.Entry:
		_, ok := right.(*java.Entry)
		return ok
	case *blockValue:
		_, ok := right.(*blockValue)
		return ok
	}
	return false
}

func (n *binaryNode) arithmetic(r *run) (java.Value, error) {
	left, right, err := n.operands(r)
	if err != nil {
		return nil, err
	}
	if n.operator == plus && (isString(left) || isString(right)) {
		return n.concat(r, left, right)
	}
	if !java.IsNumber(left) || !java.IsNumber(right) {
		return nil, nil
	}
	if (n.operator == divide || n.operator == modulo) && isZero(right) {
		return nil, nil
	}
	if isWhole(left) && isWhole(right) {
		return n.whole(r, left, right)
	}
	if isBig(left) || isBig(right) {
		return n.decimal(r, left, right)
	}
	return n.float(floatValue(left), floatValue(right)), nil
}

func isString(v java.Value) bool {
	_, ok := v.(string)
	return ok
}

// concat joins texts. Null counts as the text of the operand.
func (n *binaryNode) concat(r *run, left, right java.Value) (java.Value, error) {
	l, ok, err := r.text(left)
	if err != nil {
		return nil, err
	}
	if !ok {
		l = n.leftText
	}
	s, ok, err := r.text(right)
	if err != nil {
		return nil, err
	}
	if !ok {
		s = n.rightText
	}
	if err := r.budget.Spend(cost(len(l) + len(s))); err != nil {
		return nil, err
	}
	return l + s, nil
}

func isWhole(v java.Value) bool {
	switch v.(type) {
	case int32, int64, *big.Int:
		return true
	}
	return false
}

func isBig(v java.Value) bool {
	switch v.(type) {
	case *big.Int, *java.Decimal:
		return true
	}
	return false
}

func isZero(v java.Value) bool {
	switch v := v.(type) {
	case *big.Int:
		return v.Sign() == 0
	case *java.Decimal:
		return v.Unscaled().Sign() == 0
	}
	return floatValue(v) == 0
}

func (n *binaryNode) whole(r *run, left, right java.Value) (java.Value, error) {
	a, b := bigValue(left), bigValue(right)
	if err := r.budget.Spend(cost(a.BitLen() + b.BitLen())); err != nil {
		return nil, err
	}
	c := new(big.Int)
	switch n.operator {
	case plus:
		c.Add(a, b)
	case minus:
		c.Sub(a, b)
	case times:
		c.Mul(a, b)
	case divide:
		c.Quo(a, b)
	default:
		c.Rem(a, b)
	}
	if isBig(left) || isBig(right) {
		if n.operator == modulo { // BigInteger.mod
			if b.Sign() < 0 {
				return nil, fmt.Errorf("vtl: modulus not positive")
			}
			c.Mod(a, b)
		}
		return limited(c)
	}
	if !c.IsInt64() { // Long's smallest number divided by -1 stays itself in Java
		if n.operator == divide {
			return a.Int64(), nil
		}
		return c, nil
	}
	if _, ok := left.(int32); ok {
		if _, ok := right.(int32); ok {
			return java.Narrow(c.Int64()), nil
		}
	}
	return c.Int64(), nil
}

func limited(n *big.Int) (java.Value, error) {
	if !java.NewDecimal(n, 0).Small() {
		return nil, fmt.Errorf("%w: a number is too long", ErrLimit)
	}
	return n, nil
}

// decimal computes with BigDecimals: Doubles count with all of their binary digits.
func (n *binaryNode) decimal(r *run, left, right java.Value) (java.Value, error) {
	a, aok := decimalValue(left)
	b, bok := decimalValue(right)
	if !aok || !bok {
		return nil, fmt.Errorf("vtl: infinite or NaN")
	}
	if err := r.budget.Spend(cost(a.Unscaled().BitLen() + b.Unscaled().BitLen() + abs(a.Scale()) + abs(b.Scale()))); err != nil {
		return nil, err
	}
	var d *java.Decimal
	switch n.operator {
	case plus:
		d = a.Add(b)
	case minus:
		d = a.Sub(b)
	case times:
		d = a.Mul(b)
	case divide:
		d = a.Div(b)
	default:
		return nil, fmt.Errorf("vtl: no modulo of BigDecimals")
	}
	if !d.Small() {
		return nil, fmt.Errorf("%w: a number is too long", ErrLimit)
	}
	return d, nil
}

func abs(n int) int { return max(n, -n) }

func (n *binaryNode) float(a, b float64) java.Value {
	switch n.operator {
	case plus:
		return a + b
	case minus:
		return a - b
	case times:
		return a * b
	case divide:
		return a / b
	default:
		return math.Mod(a, b)
	}
}

// compare orders numbers as Velocity does; NaN equals everything.
func compare(left, right java.Value) int {
	switch {
	case isWhole(left) && isWhole(right):
		return bigValue(left).Cmp(bigValue(right))
	case isBig(left) || isBig(right):
		a, aok := decimalValue(left)
		b, bok := decimalValue(right)
		if aok && bok {
			return a.Compare(b)
		}
	}
	a, b := floatValue(left), floatValue(right)
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func bigValue(v java.Value) *big.Int {
	switch v := v.(type) {
	case int32:
		return big.NewInt(int64(v))
	case int64:
		return big.NewInt(v)
	case *big.Int:
		return v
	case float64:
		n, _ := big.NewFloat(v).Int(nil)
		return n
	case *java.Decimal:
		return v.Int()
	}
	return new(big.Int)
}

// decimalValue is MathUtils.toBigDecimal: exact.
func decimalValue(v java.Value) (*java.Decimal, bool) {
	switch v := v.(type) {
	case *java.Decimal:
		return v, true
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return nil, false
		}
		mantissa, exponent := math.Frexp(v)
		const bits = 53
		n := big.NewInt(int64(mantissa * (1 << bits)))
		exponent -= bits
		for n.Sign() != 0 && exponent < 0 && n.Bit(0) == 0 {
			n.Rsh(n, 1)
			exponent++
		}
		if exponent >= 0 {
			return java.NewDecimal(n.Lsh(n, uint(exponent)), 0), true
		}
		if n.Sign() == 0 {
			return java.NewDecimal(n, 0), true
		}
		five := new(big.Int).Exp(big.NewInt(5), big.NewInt(int64(-exponent)), nil)
		return java.NewDecimal(n.Mul(n, five), -exponent), true
	}
	return java.NewDecimal(bigValue(v), 0), true
}

func floatValue(v java.Value) float64 {
	switch v := v.(type) {
	case int32:
		return float64(v)
	case int64:
		return float64(v)
	case float64:
		return v
	case *big.Int:
		f, _ := new(big.Float).SetInt(v).Float64()
		return f
	case *java.Decimal:
		return v.Float()
	}
	return 0
}

// intValue is Number.intValue.
func intValue(v java.Value) int32 {
	if f, ok := v.(float64); ok {
		return int32(saturate(f, math.MinInt32, math.MaxInt32)) //nolint:gosec // saturated
	}
	return int32(lowBits(bigValue(v))) //nolint:gosec // Java drops the upper bits too
}

// longValue is Number.longValue.
func longValue(v java.Value) int64 {
	if f, ok := v.(float64); ok {
		return saturate(f, math.MinInt64, math.MaxInt64)
	}
	return lowBits(bigValue(v))
}

func saturate(f float64, low, high int64) int64 {
	switch {
	case math.IsNaN(f):
		return 0
	case f <= float64(low):
		return low
	case f >= float64(high):
		return high
	}
	return int64(f)
}

func lowBits(n *big.Int) int64 {
	if n.IsInt64() {
		return n.Int64()
	}
	const bits = 64
	low := new(big.Int).And(n, new(big.Int).SetUint64(math.MaxUint64))
	if low.Bit(bits-1) != 0 {
		low.Sub(low, new(big.Int).Lsh(big.NewInt(1), bits))
	}
	return low.Int64()
}
