package host

import "github.com/dipylon/dipylon/internal/lambda"

// Idle counts the workers that wait for a call.
func Idle(f lambda.Runner) int {
	r := f.(*runner)
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.idle)
}
