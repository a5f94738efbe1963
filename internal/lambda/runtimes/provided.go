package runtimes

import (
	"os"
	"path/filepath"
)

// provided runs the function's own bootstrap, or a layer's (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html).
// If there is none, the start fails, and the host says so as AWS does.
func provided(spec Spec, cmd *Command) {
	candidates := []string{filepath.Join(spec.Code, "bootstrap"), below(spec.Layers, "bootstrap")}
	cmd.Argv = candidates[:1]
	for _, file := range candidates {
		if file == "" {
			continue
		}
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			cmd.Argv = []string{file}
			return
		}
	}
}
