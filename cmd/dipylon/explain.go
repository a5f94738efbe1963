package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/dipylon/dipylon/internal/app"
)

// client says how to reach a running Dipylon. The environment is that of the AWS clients.
type client struct {
	Endpoint  string `name:"endpoint-url" env:"DIPYLON_ENDPOINT_URL,AWS_ENDPOINT_URL" default:"http://127.0.0.1:4566" help:"Control plane of the running Dipylon."`
	Region    string `name:"region" env:"AWS_REGION,AWS_DEFAULT_REGION" default:"us-east-1" help:"Region of the API."`
	KeyID     string `name:"access-key-id" env:"AWS_ACCESS_KEY_ID" default:"test" help:"Access key id."`
	SecretKey string `name:"secret-access-key" env:"AWS_SECRET_ACCESS_KEY" default:"test" help:"Secret access key."`
}

type explainCmd struct {
	client
	API    string `arg:"" help:"API id."`
	Stage  string `arg:"" help:"Stage name, such as $$default, or STAGE/Canary for the canary of a stage."`
	Method string `arg:"" help:"HTTP method."`
	Path   string `arg:"" help:"Path without the stage, such as /pets/1."`
}

// Run asks the server for the route and its steps and prints them as a table.
func (c *explainCmd) Run() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	q := url.Values{"api": {c.API}, "stage": {c.Stage}, "method": {c.Method}, "path": {c.Path}, "region": {c.Region}}
	var got app.Explanation
	if err := c.get(ctx, "/_dipylon/explain?"+strings.ReplaceAll(q.Encode(), "+", "%20"), &got); err != nil {
		return err
	}
	route := got.Route
	if route == "" {
		route = "(no route)"
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "api\t%s\nstage\t%s\nroute\t%s\n", got.API, got.Stage, route)
	if got.Canary != "" {
		fmt.Fprintf(w, "canary\t%s\n", got.Canary)
	}
	for _, s := range got.Steps {
		fmt.Fprintf(w, "step\t%s\t%s\n", s.Name, s.Detail)
	}
	for _, s := range got.Always {
		fmt.Fprintf(w, "always\t%s\t%s\n", s.Name, s.Detail)
	}
	return w.Flush()
}

// get reads one of Dipylon's own resources with a signed request.
func (c *client) get(ctx context.Context, target string, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Endpoint+target, nil)
	if err != nil {
		return err
	}
	const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	creds := aws.Credentials{AccessKeyID: c.KeyID, SecretAccessKey: c.SecretKey}
	if err := v4.NewSigner().SignHTTP(ctx, creds, req, emptyHash, "dipylon", c.Region, time.Now()); err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("no Dipylon answers at %s: %w", c.Endpoint, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		var refused struct{ Message string }
		if err := json.NewDecoder(resp.Body).Decode(&refused); err != nil || refused.Message == "" {
			return fmt.Errorf("the server answered %s", resp.Status)
		}
		return errors.New(refused.Message)
	}
	return json.NewDecoder(resp.Body).Decode(out)
}
