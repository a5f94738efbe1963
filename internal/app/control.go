package app

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/dipylon/dipylon/internal/control/apigateway"
	"github.com/dipylon/dipylon/internal/control/apigatewayv2"
	"github.com/dipylon/dipylon/internal/control/cloudwatch"
	"github.com/dipylon/dipylon/internal/control/iam"
	"github.com/dipylon/dipylon/internal/control/lambda"
	"github.com/dipylon/dipylon/internal/control/sts"
	"github.com/dipylon/dipylon/internal/dataplane"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/trial"
	"github.com/dipylon/dipylon/internal/wire"
	genv1 "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
	genv2 "github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
	gencloudwatch "github.com/dipylon/dipylon/internal/wire/gen/cloudwatch"
	geniam "github.com/dipylon/dipylon/internal/wire/gen/iam"
	genlambda "github.com/dipylon/dipylon/internal/wire/gen/lambda"
	genlogs "github.com/dipylon/dipylon/internal/wire/gen/logs"
	gensns "github.com/dipylon/dipylon/internal/wire/gen/sns"
	gensts "github.com/dipylon/dipylon/internal/wire/gen/sts"
)

// controlHandler answers everything on the control listener: calls to APIs in the URL forms that need no second port,
// Dipylon's own paths, and all else as AWS.
func (a *App) controlHandler(calls http.Handler) (http.Handler, error) {
	auth, err := newAuthenticator(a.cfg)
	if err != nil {
		return nil, err
	}
	aws := wire.NewServer(wire.Options{
		Services: a.services(), Authenticator: visitors{auth, a.cfg.AccountID}, Account: a.cfg.AccountID, Log: a.log,
	})
	own := http.NewServeMux()
	own.HandleFunc("GET /_dipylon/health", a.health)
	own.HandleFunc("GET /_dipylon/explain", a.explain(auth))
	own.Handle("GET /metrics", a.metrics.Handler())
	if a.cfg.DevIssuer {
		own.HandleFunc("/_dipylon/issuer/", func(w http.ResponseWriter, r *http.Request) { a.devIssuer.ServeHTTP(w, r) })
	}
	own.HandleFunc("GET "+lambda.LinkPath, a.giveCode)
	own.HandleFunc("POST /_dipylon/reset", a.reset)
	own.HandleFunc("POST /moto-api/reset", a.reset)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if dataplane.IsCall(r.Host, r.URL.EscapedPath()) {
			calls.ServeHTTP(w, r)
			return
		}
		if h, pattern := own.Handler(r); pattern != "" {
			h.ServeHTTP(w, r)
			return
		}
		if a.serveCertificate(w, r) {
			return
		}
		aws.ServeHTTP(w, r)
	}), nil
}

// services are the AWS services that are spoken.
func (a *App) services() []*wire.Service {
	v2 := apigatewayv2.New(apigatewayv2.Options{
		Store: a.store, Live: a.rollout, Issuers: a.issuers, Verdicts: a.world.Authorizers, Endpoint: a.Endpoint, Now: time.Now, Mappable: a.cfg.MappableHeaders,
		Quotas: gateway.Quotas{
			RoutesPerAPI:       a.cfg.Limits.RoutesPerAPI,
			IntegrationsPerAPI: a.cfg.Limits.IntegrationsPerAPI,
			StagesPerAPI:       a.cfg.Limits.StagesPerAPI,
			AuthorizersPerAPI:  a.cfg.Limits.AuthorizersPerAPI,
			Timeout:            a.cfg.Limits.Timeout,
		},
	})
	v1 := apigateway.New(apigateway.Options{
		Store: a.store, Live: a.rollout, Cache: a.world.Cache, Usage: a.world.Usage, Verdicts: a.world.Authorizers,
		Trials: trial.New(a.world), Endpoint: a.Endpoint, Now: time.Now,
		Quotas: gateway.RestQuotas{
			ResourcesPerAPI:   a.cfg.Limits.ResourcesPerAPI,
			StagesPerAPI:      a.cfg.Limits.RestStagesPerAPI,
			AuthorizersPerAPI: a.cfg.Limits.AuthorizersPerAPI,
			Timeout:           a.cfg.Limits.RestTimeout,
		},
	})
	roles := iam.New(iam.Options{Store: a.store, Live: a.rollout, Now: time.Now})
	return []*wire.Service{
		genv1.New(v1), genv2.New(v2), geniam.New(roles), genlambda.New(a.newFunctionControl()), gensts.New(sts.Service{}),
		genlogs.New(a.logGroups.service), gencloudwatch.New(cloudwatch.New(cloudwatch.Options{Store: a.store, Points: a.points, Alarms: a.alarms, Now: time.Now})),
		gensns.New(a.topics.service),
	}
}

// Endpoint returns the URL under which an API takes calls: the plain listener's, or the TLS one's if that is all there is.
func (a *App) Endpoint(region, apiID string) string {
	scheme, addr := "http", a.HTTPAddr()
	if addr == "" {
		scheme, addr = "https", a.HTTPSAddr()
	}
	url := scheme + "://" + apiID + ".execute-api." + region + "." + a.cfg.Domain
	if _, port, err := net.SplitHostPort(addr); err == nil {
		url += ":" + port
	}
	return url
}

// health answers once the server is ready: nothing listens before.
func (a *App) health(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{"status": "ready"})
}

// reset deletes all state, for test suites, where the configuration allows it.
func (a *App) reset(w http.ResponseWriter, r *http.Request) {
	if !a.cfg.AllowReset {
		writeJSON(w, http.StatusForbidden, map[string]string{"message": "Start Dipylon with --allow-reset to allow this."})
		return
	}
	if err := new(http.CrossOriginProtection).Check(r); err != nil {
		writeJSON(w, http.StatusForbidden, map[string]string{"message": "Requests of other sites may not change anything."})
		return
	}
	revision, err := a.store.Update(r.Context(), state.Wipe)
	if err == nil {
		err = a.rollout.Wait(r.Context(), revision)
	}
	if err == nil {
		err = errors.Join(a.topics.courier.Reset(), a.functions.directory.Reset())
	}
	if err == nil {
		a.accessLogs.Flush()
		err = a.logGroups.logs.DropAll()
	}
	if err == nil {
		err = a.logGroups.service.ReloadMeters(r.Context())
	}
	if err == nil {
		err = a.points.DropAll(r.Context())
	}
	if err != nil {
		a.log.Error("reset failed", "error", err)
		writeJSON(w, http.StatusInternalServerError, map[string]string{"message": "The state could not be wiped; the log says why."})
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
