package main

import (
	"os"

	"github.com/dipylon/dipylon/internal/app"
)

// sentinelCmd is run by the server itself, beside the processes of functions.
type sentinelCmd struct{}

// Run waits until the server is no more.
func (*sentinelCmd) Run() error { return app.RunSentinel(os.Stdin) }
