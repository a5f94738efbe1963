package math

import "math"

// operator computes a value, or tells that there is none.
type operator func(x, y float64) (float64, bool)

// operators returns the operator of a symbol that the parser knows.
func operators(symbol string) operator {
	switch symbol {
	case "+":
		return func(x, y float64) (float64, bool) { return finite(x + y) }
	case "-":
		return func(x, y float64) (float64, bool) { return finite(x - y) }
	case "*":
		return func(x, y float64) (float64, bool) { return finite(x * y) }
	case "/":
		return func(x, y float64) (float64, bool) { return finite(x / y) }
	case "^":
		return func(x, y float64) (float64, bool) { return finite(math.Pow(x, y)) }
	case "==":
		return truth(func(x, y float64) bool { return x == y })
	case "!=":
		return truth(func(x, y float64) bool { return x != y })
	case "<":
		return truth(func(x, y float64) bool { return x < y })
	case "<=":
		return truth(func(x, y float64) bool { return x <= y })
	case ">":
		return truth(func(x, y float64) bool { return x > y })
	case ">=":
		return truth(func(x, y float64) bool { return x >= y })
	case "AND", "&&":
		return truth(func(x, y float64) bool { return x != 0 && y != 0 })
	}
	return truth(func(x, y float64) bool { return x != 0 || y != 0 })
}

// finite tells whether v is a number; a zero has no sign.
func finite(v float64) (float64, bool) { return v + 0, !math.IsNaN(v) && !math.IsInf(v, 0) }

func truth(f func(x, y float64) bool) operator {
	return func(x, y float64) (float64, bool) {
		if f(x, y) {
			return 1, true
		}
		return 0, true
	}
}

// binding returns how strongly an operator binds, 0 for what is none.
func binding(symbol string) int {
	switch symbol {
	case "OR", "||":
		return 1
	case "AND", "&&":
		return 2
	case "==", "!=", "<", "<=", ">", ">=":
		return 3
	case "+", "-":
		return 4
	case "*", "/":
		return 5
	case "^":
		return 6
	}
	return 0
}
