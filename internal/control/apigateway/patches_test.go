package apigateway

import (
	_ "embed"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/control/apigateway/patch"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

//go:embed testdata/patch-operations.txt
var reference string

// apart are the rows in which Dipylon is not the reference, with the reason.
var apart = map[string]string{
	"UpdateStage /methodSettings":      "it is on the page alone: the service's own list has it not, and no client sends it",
	"UpdateApiKey /labels":             "the page alone knows labels of keys: no shape has them",
	"UpdateStage /accessLogSettings/*": "a wildcard of the page; AWS refuses a literal * (recorded: test_stage_access_log_settings_validation)",
}

// beyond are rows that the reference has not, with the reason.
var beyond = map[string]string{
	"UpdateBasePathMapping /basePath": "Terraform sends this spelling, and AWS takes it",
}

var names = regexp.MustCompile(`\{[^}]*\}`)

// TestPatchesAreTheReference holds the tables of every operation that is built to AWS's reference, row by row.
func TestPatchesAreTheReference(t *testing.T) {
	want := readReference(t)
	tables := patches()
	handler := reflect.TypeFor[gen.Handler]()
	for operation := range want {
		if _, built := handler.MethodByName(operation); built && tables[operation] == nil {
			t.Errorf("%s is built and has no table in patches.go", operation)
		}
	}
	for operation, specs := range tables {
		have := map[string]patch.Spec{}
		for _, spec := range specs {
			path := names.ReplaceAllString(spec.Path, "{}")
			other := have[path]
			spec.Ops |= other.Ops
			have[path] = spec
		}
		compareRows(t, operation, have, want[operation])
	}
}

func compareRows(t *testing.T, operation string, have map[string]patch.Spec, want map[string][2]string) {
	t.Helper()
	for path, row := range want {
		spec, ok := have[path]
		kind := spec.Kind
		if kind == "ARN" || kind == "JSON" {
			kind = "string"
		}
		same := ok && strings.ReplaceAll(spec.Ops.String(), ", ", ",") == row[0] && (row[1] == "-" || kind == row[1])
		if _, known := apart[operation+" "+path]; same == known {
			t.Errorf("%s %s: have %q %s, the reference has %v, known to differ: %t", operation, path, spec.Ops, spec.Kind, row, known)
		}
	}
	for path := range have {
		_, listed := want[path]
		if _, known := beyond[operation+" "+path]; listed == known {
			t.Errorf("%s %s: in the reference: %t, known to be beyond it: %t", operation, path, listed, known)
		}
	}
}

// readReference returns operators and kind by operation and path.
func readReference(t *testing.T) map[string]map[string][2]string {
	t.Helper()
	rows := map[string]map[string][2]string{}
	for line := range strings.Lines(reference) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] == "#" {
			continue
		}
		if len(fields) != 4 {
			t.Fatalf("want four fields: %q", line)
		}
		if rows[fields[0]] == nil {
			rows[fields[0]] = map[string][2]string{}
		}
		rows[fields[0]][fields[1]] = [2]string{fields[2], fields[3]}
	}
	if len(rows) != 22 {
		t.Fatalf("the reference has %d operations, want 22", len(rows))
	}
	return rows
}
