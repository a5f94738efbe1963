package apigateway

import (
	"archive/zip"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// sdkSource is the client of every API; what differs is the settings that stand in the place of SETTINGS.
//
//go:embed sdk/apigClient.js
var sdkSource string

// sdkMethod is a method as the client calls it.
type sdkMethod struct {
	Name   string   `json:"name"`
	Verb   string   `json:"verb"`
	Path   string   `json:"path"`
	Query  []string `json:"query,omitempty"`
	Header []string `json:"header,omitempty"`
}

// GetSdk returns a client of a stage as an archive, in JavaScript.
func (s *Service) GetSdk(ctx context.Context, call *wire.Call, in *gen.GetSdkInput) (*gen.GetSdkOutput, error) {
	if !slices.ContainsFunc(sdkTypes(), func(t gen.SdkType) bool { return *t.Id == in.SdkType }) {
		return nil, noSDKType(in.SdkType)
	}
	if in.SdkType != "javascript" {
		return nil, notBuilt("apigateway:GetSdk with the type " + in.SdkType)
	}
	var snapshot gateway.RestSnapshot
	err := s.view(ctx, call, func(r reader) error {
		stage, err := r.stage(in.RestApiId, in.StageName)
		if err == nil {
			snapshot, err = state.RestSnapshots().Get(r, r.key(in.RestApiId, stage.DeploymentID))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	settings, err := json.MarshalIndent(struct {
		URL     string      `json:"url"`
		Methods []sdkMethod `json:"methods"`
	}{s.Endpoint(call.Tenant.Region, in.RestApiId) + "/" + in.StageName, sdkMethods(snapshot.Resources)}, "", "  ")
	if err != nil {
		return nil, err
	}
	archive, err := zipped("apiGateway-js-sdk/apigClient.js", strings.Replace(sdkSource, "{ /* SETTINGS */ }", string(settings), 1))
	if err != nil {
		return nil, err
	}
	name := "javascript_" + s.Now().UTC().Format("2006-01-02_15-04Z") + ".zip"
	return &gen.GetSdkOutput{
		Body: archive, ContentType: new("application/octet-stream"), ContentDisposition: new(`attachment; filename="` + name + `"`),
	}, nil
}

// sdkMethods returns the methods of all resources, by name. ANY is one of each verb.
func sdkMethods(resources []gateway.Resource) []sdkMethod {
	methods := []sdkMethod{}
	for _, resource := range resources {
		for verb, method := range resource.Methods {
			verbs := []string{verb}
			if verb == gateway.MethodAny {
				verbs = []string{
					http.MethodGet, http.MethodPut, http.MethodPost, http.MethodDelete, http.MethodPatch, http.MethodOptions, http.MethodHead,
				}
			}
			for _, v := range verbs {
				if v != verb && resource.Methods[v] != nil {
					continue
				}
				m := sdkMethod{Name: sdkName(resource.Path, v), Verb: v, Path: resource.Path}
				for parameter := range method.RequestParameters {
					if name, ok := strings.CutPrefix(parameter, "method.request.querystring."); ok {
						m.Query = append(m.Query, name)
					}
					if name, ok := strings.CutPrefix(parameter, "method.request.header."); ok {
						m.Header = append(m.Header, name)
					}
				}
				slices.Sort(m.Query)
				slices.Sort(m.Header)
				methods = append(methods, m)
			}
		}
	}
	slices.SortFunc(methods, func(a, b sdkMethod) int { return strings.Compare(a.Path+" "+a.Verb, b.Path+" "+b.Verb) })
	return methods
}

// sdkName is how AWS's clients name a method: "petsPetIdGet" for GET /pets/{petId}, "rootGet" for GET /.
func sdkName(path, verb string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(path, func(c rune) bool { return !consistsOf(string(c), "", 1) }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	name := b.String()
	if name == "" {
		name = "root"
	}
	return strings.ToLower(name[:1]) + name[1:] + verb[:1] + strings.ToLower(verb[1:])
}

func zipped(name, content string) ([]byte, error) {
	var b bytes.Buffer
	archive := zip.NewWriter(&b)
	file, err := archive.Create(name)
	if err != nil {
		return nil, err
	}
	if _, err := file.Write([]byte(content)); err != nil {
		return nil, err
	}
	err = archive.Close()
	return b.Bytes(), err
}
