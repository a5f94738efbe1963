package host

import (
	"strconv"
	"time"

	"github.com/dipylon/dipylon/internal/jsontext"
	"github.com/dipylon/dipylon/internal/lambda"
)

// recordFormat is AWS's format in JSON
// (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html). Members and their order are
// those of logs that people published.
type recordFormat struct {
	version *lambda.Version
	level   level
}

// level is what a system log has at least.
type level uint8

const (
	levelDebug level = iota
	levelInfo
	levelWarn
)

func levelOf(name string) level {
	switch name {
	case "DEBUG":
		return levelDebug
	case "WARN":
		return levelWarn
	}
	return levelInfo
}

// open begins an event; the caller closes two objects.
func open(b []byte, kind string, at time.Time) []byte {
	b = append(b, `{"time":"`...)
	b = at.UTC().AppendFormat(b, stamp)
	b = append(b, `","type":"platform.`...)
	b = append(b, kind...)
	return append(b, `","record":{`...)
}

// member appends a member whose value is a string.
func member(b []byte, name, value string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	b = append(b, '"')
	b = append(b, name...)
	b = append(b, `":`...)
	return jsontext.AppendString(b, value)
}

func initialization(w *worker) string {
	if w.provisioned {
		return "provisioned-concurrency"
	}
	return "on-demand"
}

func (f *recordFormat) initStart(b []byte, w *worker, at time.Time) []byte {
	if f.level > levelInfo {
		return b
	}
	v := f.version
	b = open(b, "initStart", at)
	b = member(b, "initializationType", initialization(w))
	b = member(b, "phase", string(w.phase))
	b = member(b, "runtimeVersion", runtimeVersion(v.Runtime))
	b = member(b, "runtimeVersionArn", runtimeARN(v))
	b = member(b, "functionName", v.Name)
	b = member(b, "functionVersion", v.Version)
	b = member(b, "instanceId", w.log.stream)
	b = append(b, `,"instanceMaxMemory":`...)
	b = strconv.AppendInt(b, int64(v.MemoryMB)<<20, 10)
	return append(b, "}}"...)
}

func (f *recordFormat) initReport(b []byte, w *worker, at time.Time) []byte {
	b = open(b, "initReport", at)
	b = member(b, "initializationType", initialization(w))
	b = member(b, "phase", string(w.phase))
	b = member(b, "status", string(w.failure.status))
	if w.failure.kind != "" {
		b = member(b, "errorType", w.failure.kind)
	}
	b = append(b, `,"metrics":{"durationMs":`...)
	b = appendNumber(b, w.initTime)
	return append(b, "}}}"...)
}

func (f *recordFormat) start(b []byte, c *call, at time.Time) []byte {
	if f.level > levelInfo {
		return b
	}
	v := f.version
	b = open(b, "start", at)
	b = member(b, "requestId", c.id)
	b = member(b, "functionArn", c.arn)
	b = member(b, "version", v.Version)
	return append(b, "}}"...)
}

func (f *recordFormat) failure(b []byte, _ *call, _ *failure, _ time.Time) []byte { return b }

func (f *recordFormat) end(b []byte, _ *call) []byte { return b }

func (f *recordFormat) report(b []byte, r *report, at time.Time) []byte {
	if f.level > levelInfo && r.status() == statusSuccess {
		return b
	}
	b = open(b, "report", at)
	b = member(b, "requestId", r.call.id)
	b = append(b, `,"metrics":{"durationMs":`...)
	b = appendNumber(b, r.duration)
	b = append(b, `,"billedDurationMs":`...)
	b = strconv.AppendInt(b, r.billed(), 10)
	b = append(b, `,"memorySizeMB":`...)
	b = strconv.AppendInt(b, int64(r.memoryMB), 10)
	b = append(b, `,"maxMemoryUsedMB":`...)
	b = strconv.AppendInt(b, int64(r.peakMB), 10)
	if r.init > 0 {
		b = append(b, `,"initDurationMs":`...)
		b = appendNumber(b, r.init)
	}
	b = append(b, '}')
	b = member(b, "status", string(r.status()))
	if r.status() == statusError {
		b = member(b, "errorType", r.failure.kind)
	}
	return append(b, "}}"...)
}

func appendNumber(b []byte, d time.Duration) []byte {
	return strconv.AppendFloat(b, milliseconds(d.Round(time.Microsecond)), 'f', -1, 64)
}
