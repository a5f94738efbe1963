package compile

import (
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/step/accesslog"
	"github.com/dipylon/dipylon/internal/step/executionlog"
)

// journalLevel is what a method's execution log takes; 0 is nothing. Data trace without INFO traces nothing.
func journalLevel(settings gateway.MethodSettings) exchange.JournalLevel {
	switch {
	case settings.LoggingLevel == "ERROR":
		return exchange.JournalError
	case settings.LoggingLevel == "INFO" && settings.DataTrace:
		return exchange.JournalData
	case settings.LoggingLevel == "INFO":
		return exchange.JournalInfo
	}
	return 0
}

// journalWriter is the stage's log group (aws-behaviour-auth-websocket-logs.md, fact 41), and for a canary's calls one of
// its own too (fact 39). It is nil where no method logs.
func (c *restCompiler) journalWriter() (executionlog.Writer, error) {
	logs := false
	for _, settings := range c.rest.Stage.MethodSettings {
		logs = logs || journalLevel(settings) != 0
	}
	if !logs || c.world.AccessLogs == nil {
		return nil, nil
	}
	arn := "arn:aws:logs:" + c.Tenant.Region + ":" + c.Tenant.Account + ":log-group:API-Gateway-Execution-Logs_" + c.API.ID + "/" + c.Stage.Stage.Name
	stages, err := c.world.AccessLogs.Group(arn)
	if err != nil || c.rest.release != exchange.CanaryRelease {
		return stages, err
	}
	own, err := c.world.AccessLogs.Group(arn + "/Canary")
	return bothGroups{stages, own}, err
}

// bothGroups writes to the stage's log group and to the canary's.
type bothGroups struct{ stages, own *accesslog.Destination }

// LogCall implements [executionlog.Writer].
func (b bothGroups) LogCall(requestID []byte, entries []exchange.JournalEntry) {
	b.stages.LogCall(requestID, entries)
	b.own.LogCall(requestID, entries)
}

// keepJournal fills in the steps of a method's execution log, if it has one. A trial always has, and of the other steps those
// that carry the call out.
func (c *restCompiler) keepJournal(steps *restSteps, settings gateway.MethodSettings) {
	if c.rest.trial {
		*steps = restSteps{
			unbuilt: steps.unbuilt, start: executionlog.Start(), validate: steps.validate, mapRequest: steps.mapRequest,
			integrate: steps.integrate, mapResponse: steps.mapResponse, respond: steps.respond, end: executionlog.End(nil),
		}
		return
	}
	level := journalLevel(settings)
	if level == 0 || c.journals == nil {
		return
	}
	steps.begin, steps.start, steps.end = executionlog.Begin(level), executionlog.Start(), executionlog.End(c.journals)
}
