package compile

import (
	"cmp"
	"maps"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/program"
	"github.com/dipylon/dipylon/internal/step/accesslog"
)

// A stage with a canary is two programs, of which chance takes one for each call
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/canary-release.html).

// addCanary gives a stage's program that of its canary.
func addCanary(p *program.Program, in *RestStage, world World) error {
	if in.Stage.Canary == nil {
		return nil
	}
	canary, err := compileRelease(in.canary(), world)
	if err != nil {
		return err
	}
	p.Canary = &program.Canary{Program: canary, Share: in.Stage.Canary.Percent / 100}
	return nil
}

// canary is the stage as its canary has it: with another deployment, and with variables laid over the stage's (recorded:
// aws-behaviour.md, fact 33).
func (in *RestStage) canary() RestStage {
	out, settings := *in, in.Stage.Canary
	out.release = exchange.CanaryRelease
	out.Stage.DeploymentID = cmp.Or(settings.DeploymentID, in.Stage.DeploymentID)
	out.Stage.Variables = make(map[string]string, len(in.Stage.Variables)+len(settings.Overrides))
	maps.Copy(out.Stage.Variables, in.Stage.Variables)
	maps.Copy(out.Stage.Variables, settings.Overrides)
	if in.CanarySnapshot != nil {
		out.Snapshot = *in.CanarySnapshot
	}
	return out
}

// logCalls writes a canary's lines to a log group of its own too (the page on canaries).
func (c *restCompiler) logCalls() (exchange.Step, error) {
	log := c.Stage.Stage.AccessLog
	if log == nil || c.rest.release != exchange.CanaryRelease || log.Destination == "" {
		return c.compiler.logCalls()
	}
	stages, err := c.world.AccessLogs.Destination(log.Destination)
	if err != nil {
		return exchange.Step{}, err
	}
	own, err := c.world.AccessLogs.Group(strings.TrimSuffix(log.Destination, ":*") + "/Canary")
	if err != nil {
		return exchange.Step{}, err
	}
	return accesslog.New(accesslog.Config{Format: log.Format, Writer: both{stages, own}, Options: c.options})
}

// both writes to the stage's log and to the canary's.
type both struct{ stages, own accesslog.Writer }

// Log implements [accesslog.Writer].
func (b both) Log(at time.Time, line []byte) {
	b.stages.Log(at, line)
	b.own.Log(at, line)
}
