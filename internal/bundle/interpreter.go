package bundle

import (
	"context"
	"os/exec"
	"strconv"
	"strings"
)

// The versions in AWS's runtime identifiers (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html). The
// machine's own interpreter runs the function whichever is named, so the nearest one says it best.
const (
	nodeVersions   = "18 20 22 24"
	pythonVersions = "3.9 3.10 3.11 3.12 3.13 3.14"
)

// interpreter finds a language's interpreter and asks for its version by an expression behind a flag.
func (s Source) interpreter(ctx context.Context, language string, programs []string, expression, flag string) (string, error) {
	for _, program := range programs {
		path, err := exec.LookPath(program)
		if err != nil {
			continue
		}
		version, err := s.run(ctx, tool{path: path, args: []string{flag, expression}})
		return strings.TrimSpace(version), err
	}
	return "", s.errorf("%s is for %s, and there is no %s on the PATH", s.Dir, language, strings.Join(programs, " or "))
}

// nearest returns the highest of the known versions that is not above the given one, or the lowest.
func nearest(version string, known string) string {
	list := strings.Fields(known)
	best := list[0]
	for _, v := range list {
		if number(v) <= number(version) {
			best = v
		}
	}
	return best
}

// number makes 3.12.1 comparable, as far as the known versions tell versions apart.
func number(version string) int {
	parts := strings.SplitN(version, ".", 3)
	major, _ := strconv.Atoi(parts[0])
	minor := 0
	if major == 3 && len(parts) > 1 { // of Python; Node's identifiers have no minor version
		minor, _ = strconv.Atoi(parts[1])
	}
	const step = 1000
	return major*step + minor
}
