// Command dipylon runs an API gateway that speaks AWS API Gateway: `dipylon serve` the server, `dipylon up` the server
// with an API from an OpenAPI file. There is one file per subcommand.
package main

import (
	"fmt"
	"os"

	"github.com/alecthomas/kong"
)

// cli is the command line.
type cli struct {
	Config kong.ConfigFlag `name:"config" env:"DIPYLON_CONFIG" placeholder:"FILE" help:"YAML file with the same names as the flags."`

	Serve   serveCmd   `cmd:"" help:"Run the gateway."`
	Up      upCmd      `cmd:"" help:"Serve the API of an OpenAPI file, and follow its changes."`
	Explain explainCmd `cmd:"" help:"Show where a call goes and what happens to it."`
	Token   tokenCmd   `cmd:"" help:"Print a token of the development issuer."`
	Version versionCmd `cmd:"" help:"Print the version."`

	Sentinel sentinelCmd `cmd:"" hidden:"" help:"End the functions of a server that was killed."`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "dipylon:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	parser, err := kong.New(&cli{},
		kong.Name("dipylon"),
		kong.Description("AWS API Gateway on your own machines."),
		kong.UsageOnError(),
		kong.Configuration(readFile),
	)
	if err != nil {
		return err
	}
	ctx, err := parser.Parse(args)
	if err != nil {
		return err
	}
	return ctx.Run()
}
