package host

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/lambda"
)

// textFormat is AWS's plain format. Its lines are those of recordings
// (https://github.com/localstack/localstack, tests/aws/services/lambda_/test_lambda.snapshot.json: test_invocation_type_event_error).
type textFormat struct {
	version *lambda.Version
}

func (f *textFormat) initStart(b []byte, w *worker, _ time.Time) []byte {
	if w.phase != phaseInit {
		return b
	}
	v := f.version
	b = append(b, "INIT_START Runtime Version: "...)
	b = append(b, runtimeVersion(v.Runtime)...)
	b = append(b, "\tRuntime Version ARN: "...)
	return append(b, runtimeARN(v)...)
}

// runtimeVersion is a runtime's name as AWS writes it, nodejs:20.v1, with a version that stands for this machine's.
func runtimeVersion(runtime string) string {
	name := strings.TrimSuffix(runtime, ".x")
	i := strings.IndexAny(name, ".0123456789")
	if strings.HasPrefix(name, "provided.") {
		i = len("provided")
	}
	if i < 0 {
		return name
	}
	return name[:i] + ":" + strings.TrimPrefix(name[i:], ".") + ".v1"
}

// runtimeARN is an ARN as AWS's are.
func runtimeARN(v *lambda.Version) string {
	sum := sha256.Sum256([]byte(v.Runtime))
	return "arn:aws:lambda:" + v.Tenant.Region + "::runtime:" + hex.EncodeToString(sum[:])
}

func (f *textFormat) initReport(b []byte, w *worker, _ time.Time) []byte {
	b = append(b, "INIT_REPORT Init Duration: "...)
	b = appendMS(b, w.initTime)
	b = append(b, "\tPhase: "...)
	b = append(b, w.phase...)
	return appendStatus(b, w.failure)
}

func (f *textFormat) start(b []byte, c *call, _ time.Time) []byte {
	b = append(b, "START RequestId: "...)
	b = append(b, c.id...)
	b = append(b, " Version: "...)
	return append(b, f.version.Version...)
}

func (f *textFormat) failure(b []byte, c *call, fail *failure, at time.Time) []byte {
	switch {
	case fail.text == "":
		return b
	case fail.status == statusTimeout:
		b = at.UTC().AppendFormat(b, stamp)
		b = append(b, ' ')
		b = append(b, c.id...)
		b = append(b, ' ')
		return append(b, fail.text...)
	}
	b = append(b, fail.message(c.id)...)
	b = append(b, '\r')
	return append(b, fail.kind...)
}

// stamp is the form of times in logs.
const stamp = "2006-01-02T15:04:05.000Z"

func (f *textFormat) end(b []byte, c *call) []byte {
	b = append(b, "END RequestId: "...)
	return append(b, c.id...)
}

func (f *textFormat) report(b []byte, r *report, _ time.Time) []byte {
	b = append(b, "REPORT RequestId: "...)
	b = append(b, r.call.id...)
	b = append(b, "\tDuration: "...)
	b = appendMS(b, r.duration)
	b = append(b, "\tBilled Duration: "...)
	b = strconv.AppendInt(b, r.billed(), 10)
	b = append(b, " ms\tMemory Size: "...)
	b = strconv.AppendInt(b, int64(r.memoryMB), 10)
	b = append(b, " MB\tMax Memory Used: "...)
	b = strconv.AppendInt(b, int64(r.peakMB), 10)
	b = append(b, " MB"...)
	if r.init > 0 {
		b = append(b, "\tInit Duration: "...)
		b = appendMS(b, r.init)
	}
	if r.status() == statusSuccess {
		return append(b, '\t')
	}
	return appendStatus(b, r.failure)
}

func appendStatus(b []byte, f *failure) []byte {
	b = append(b, "\tStatus: "...)
	b = append(b, f.status...)
	if f.status == statusError {
		b = append(b, "\tError Type: "...)
		b = append(b, f.kind...)
	}
	return b
}

func appendMS(b []byte, d time.Duration) []byte {
	b = strconv.AppendFloat(b, milliseconds(d), 'f', 2, 64)
	return append(b, " ms"...)
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
