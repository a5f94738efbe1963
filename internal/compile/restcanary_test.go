package compile

import (
	"slices"
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/step/accesslog"
)

// TestRestCanary: the canary has its own deployment and its variables over the stage's (recorded: aws-behaviour.md, fact 33).
func TestRestCanary(t *testing.T) {
	var b backends
	in := restStage(resource("/x", get(proxyTo("http://${stageVariables.host}/old/${stageVariables.v}", nil))))
	in.Stage.Variables["v"] = "1"
	in.CanarySnapshot = &gateway.RestSnapshot{Resources: []gateway.Resource{
		resource("/x", get(proxyTo("http://${stageVariables.host}/new/${stageVariables.v}/${stageVariables.own}", nil))),
	}}
	in.Stage.Canary = &gateway.CanarySettings{DeploymentID: "d2", Overrides: map[string]string{"v": "2", "own": "3"}}
	for _, c := range []struct {
		percent float64
		want    string
		release exchange.Release
	}{
		{0, "two.example/old/1", exchange.ProductionRelease},
		{100, "two.example/new/2/3", exchange.CanaryRelease},
	} {
		in.Stage.Canary.Percent = c.percent
		p, err := RestAPI(in, world(&b))
		if err != nil {
			t.Fatal(err)
		}
		for range 100 {
			x := run(p, "GET", "/x")
			if b.target != c.want || x.Route.Release != c.release || x.Route.Stage != "prod" {
				t.Fatalf("%v %%: got %s, %+v", c.percent, b.target, x.Route)
			}
		}
	}
	in.CanarySnapshot, in.Stage.Canary.Percent = nil, 100
	p, err := RestAPI(in, world(&b))
	if err != nil {
		t.Fatal(err)
	}
	if run(p, "GET", "/x"); b.target != "two.example/old/2" {
		t.Errorf("the same deployment: got %s", b.target)
	}
}

// TestRestCanaryLogs: a canary's calls are in the stage's log group and in the canary's
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/canary-release.html).
func TestRestCanaryLogs(t *testing.T) {
	kept := new(logGroups)
	w := world(&backends{})
	w.AccessLogs = accesslog.OpenSink(accesslog.SinkOptions{Groups: kept})
	in := restStage(resource("/x", get(proxyTo("http://one.example/", nil))))
	in.Stage.AccessLog = &gateway.AccessLog{
		Destination: "arn:aws:logs:eu-west-1:1:log-group:pets:*", Format: "$context.requestId $context.isCanaryRequest",
	}
	in.Stage.Canary = &gateway.CanarySettings{}
	for _, percent := range []float64{0, 100} {
		in.Stage.Canary.Percent = percent
		p, err := RestAPI(in, w)
		if err != nil {
			t.Fatal(err)
		}
		run(p, "GET", "/x")
	}
	w.AccessLogs.Close()
	for name, want := range map[string][]string{"pets": {"id false", "id true"}, "pets/Canary": {"id true"}} {
		if got := kept.lines[name]; !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
