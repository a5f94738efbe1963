package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/dipylon/dipylon/internal/app"
	"github.com/dipylon/dipylon/internal/config"
	"github.com/dipylon/dipylon/internal/exchange"
)

type upCmd struct {
	config.Config
	Region         string            `name:"region" env:"AWS_REGION,AWS_DEFAULT_REGION" default:"us-east-1" help:"Region of the API."`
	ID             string            `name:"id" help:"Id of the API (default: the name of the file or of its directory)." placeholder:"ID"`
	StageVariables map[string]string `name:"stage-variable" short:"s" help:"Stage variables, as NAME=VALUE." placeholder:"NAME=VALUE"`
	Functions      map[string]string `name:"function" mapsep:"none" help:"Functions, as NAME=DIR or NAME=DIR:HANDLER, besides those that the file names and that have a directory beside it." placeholder:"NAME=DIR"`
	FunctionEnv    map[string]string `name:"function-env" mapsep:"none" help:"Environment variables of functions." placeholder:"NAME.KEY=VALUE"`
	File           string            `arg:"" type:"existingfile" help:"OpenAPI 3.0 file, YAML or JSON. In it, $${stageVariables.echo} is the address of a small echo server that this command runs."`
}

// Run starts or finds a Dipylon, gives it the file's API and follows the file until it is told to stop.
func (c *upCmd) Run() error {
	if c.ID == "" {
		c.ID = idFromFile(c.File)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	endpoint := "http://" + c.ControlAddr
	if healthy(ctx, endpoint) {
		fmt.Printf("Using the Dipylon that runs at %s; its own output shows the calls.\n", endpoint)
		return c.follow(ctx, endpoint)
	}
	if c.LogLevel == "info" {
		c.LogLevel = "warn" // the calls' lines say enough
	}
	log := newLogger(c.Config)
	a, err := start(ctx, c.Config, log, app.Observer(printCall), app.FunctionLines(printLine))
	if err != nil {
		return err
	}
	err = c.follow(ctx, "http://"+a.ControlAddr())
	stop()
	return errors.Join(err, drain(a, c.Config, log))
}

// follow imports the file now and whenever it changes.
func (c *upCmd) follow(ctx context.Context, endpoint string) error {
	echo, err := startEcho(ctx)
	if err != nil {
		return err
	}
	defer echo.Close()
	d, err := newDeployer(c, endpoint, echo.Addr().String())
	if err != nil {
		return err
	}
	seen, err := d.deploy(ctx)
	if err != nil {
		return err
	}
	const lookEvery = 250 * time.Millisecond
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		info, err := os.Stat(c.File)
		if err != nil {
			continue
		}
		if !info.ModTime().Equal(seen.ModTime()) || info.Size() != seen.Size() {
			seen = info
			_, err = d.deploy(ctx)
		} else if d.functions.changed() {
			err = d.functions.deploy(ctx, d.called)
		}
		if err != nil && ctx.Err() == nil {
			fmt.Fprintf(os.Stderr, "%s: %v\nThe last good version keeps serving.\n", c.File, err)
		}
	}
}

// idFromFile makes an API id of a path: pets.yaml gives pets, hello/openapi.yaml gives hello.
func idFromFile(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		abs = path
	}
	name := strings.TrimSuffix(filepath.Base(abs), filepath.Ext(abs))
	if name == "openapi" || name == "api" || name == "swagger" {
		name = filepath.Base(filepath.Dir(abs))
	}
	id := strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(name), "-"), "-")
	if id == "" {
		return "api"
	}
	return id[:min(len(id), 40)]
}

func healthy(ctx context.Context, endpoint string) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+"/_dipylon/health", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// printLine shows what a function logs, without what AWS adds to it.
func printLine(group string, line []byte) {
	for _, added := range []string{"INIT_START ", "START RequestId: ", "END RequestId: ", "REPORT RequestId: "} {
		if strings.HasPrefix(string(line), added) {
			return
		}
	}
	fmt.Printf("%s | %s\n", strings.TrimPrefix(group, "/aws/lambda/"), line)
}

// printCall shows one answered call as a line.
func printCall(x *exchange.Exchange) {
	query := ""
	if len(x.Request.Query) > 0 {
		query = "?" + string(x.Request.Query)
	}
	route, fault := x.Route.Key, ""
	if route == "" {
		route = "-"
	}
	if x.Fault != nil {
		fault = "  " + x.Fault.Error()
	}
	fmt.Printf("%s  %d  %6.1f ms  %s %s%s  [%s]%s\n", x.Received.Format(time.TimeOnly), x.Response.Status,
		float64(time.Since(x.Received).Microseconds())/1000, x.Request.Method, x.Request.Path, query, route, fault)
}
