package app

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/dipylon/dipylon/internal/exchange"
)

// Explanation is what `dipylon explain` shows: where a call would go and what would happen to it.
type Explanation struct {
	API    string        `json:"api"`
	Stage  string        `json:"stage"`
	Canary string        `json:"canary,omitempty"`
	Route  string        `json:"route"`
	Steps  []ExplainStep `json:"steps"`
	Always []ExplainStep `json:"always"`
}

// ExplainStep is a step of a compiled route.
type ExplainStep struct {
	Name   string `json:"name"`
	Detail string `json:"detail"`
}

// explain answers GET /_dipylon/explain?api=&stage=&method=&path=[&region=] to callers who sign. A stage's canary is
// STAGE/Canary, as in the names of AWS's log groups.
func (a *App) explain(auth authenticator) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if _, err := auth.Authenticate(r, nil); err != nil {
			writeJSON(w, http.StatusForbidden, map[string]string{"message": err.Error()})
			return
		}
		q := r.URL.Query()
		api := a.table.Find([]byte(q.Get("api")), []byte(q.Get("region")))
		if api == nil {
			writeJSON(w, http.StatusNotFound, map[string]string{"message": "No API has the id " + q.Get("api") + "."})
			return
		}
		stage, ofCanary := strings.CutSuffix(q.Get("stage"), "/Canary")
		program := api.Stages[stage]
		share := ""
		if program != nil && program.Canary != nil {
			share = fmt.Sprintf("%v %% of the calls go to the canary", program.Canary.Share*100)
		}
		if ofCanary && share != "" {
			program = program.Canary.Program
		} else if ofCanary {
			program = nil
		}
		if program == nil {
			writeJSON(w, http.StatusNotFound, map[string]string{"message": "The API has no stage " + q.Get("stage") + " with a deployment."})
			return
		}
		path, _, _ := strings.Cut(q.Get("path"), "?")
		if !strings.HasPrefix(path, "/") {
			writeJSON(w, http.StatusBadRequest, map[string]string{"message": "The path must begin with a slash."})
			return
		}
		route := program.Match([]byte(strings.ToUpper(q.Get("method"))), []byte(path))
		writeJSON(w, http.StatusOK, Explanation{
			API: program.APIID, Stage: program.Stage, Canary: share, Route: route.Key,
			Steps: explainSteps(route.Request), Always: explainSteps(route.Always),
		})
	}
}

func explainSteps(steps []exchange.Step) []ExplainStep {
	out := make([]ExplainStep, len(steps))
	for i, s := range steps {
		out[i] = ExplainStep{s.Name, s.Detail}
	}
	return out
}
