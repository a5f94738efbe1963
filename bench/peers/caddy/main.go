// Command caddy is Caddy with its standard modules, built here so that the benchmarks need no packaged one.
package main

import (
	"github.com/caddyserver/caddy/v2/cmd"

	_ "github.com/caddyserver/caddy/v2/modules/caddyhttp/standard" // its flags, handlers and the reverse proxy
)

func main() { caddycmd.Main() }
