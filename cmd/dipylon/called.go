package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"go.yaml.in/yaml/v4"

	"github.com/dipylon/dipylon/internal/gateway"
)

// calledFunction is a function that a definition calls, by the ARN that it has there.
type calledFunction struct{ gateway.FunctionRef }

// calledFunctions finds the functions in the URIs of a definition's integrations and authorizers. What the definition is
// besides is the import's question.
func calledFunctions(definition []byte, variables map[string]string) []calledFunction {
	var tree any
	if yaml.Unmarshal(definition, &tree) != nil {
		return nil
	}
	arn := regexp.MustCompile(`arn:aws[a-z-]*:lambda:[^/]+`)
	seen := map[string]calledFunction{}
	walkURIs(tree, func(uri string) {
		for name, value := range variables {
			uri = strings.ReplaceAll(uri, "${stageVariables."+name+"}", value)
		}
		if ref, ok := gateway.ParseFunctionARN(arn.FindString(uri)); ok && !strings.Contains(ref.Name, "$") {
			seen[ref.ARN()] = calledFunction{ref}
		}
	})
	var out []calledFunction
	for _, ref := range seen {
		out = append(out, ref)
	}
	slices.SortFunc(out, func(a, b calledFunction) int { return strings.Compare(a.ARN(), b.ARN()) })
	return out
}

// walkURIs visits the strings under the keys uri and authorizerUri.
func walkURIs(node any, visit func(string)) {
	switch node := node.(type) {
	case map[string]any:
		for key, value := range node {
			if uri, ok := value.(string); ok && (key == "uri" || key == "authorizerUri") {
				visit(uri)
			}
			walkURIs(value, visit)
		}
	case []any:
		for _, value := range node {
			walkURIs(value, visit)
		}
	}
}

// check tells of functions that the API calls and that are not there, with what to do about it.
func (f *functions) check(ctx context.Context, called []calledFunction) error {
	var errs []error
	for _, ref := range called {
		if ours := f.live[ref.Name]; ours != nil && ours.ref.Name != "" {
			errs = append(errs, elsewhere(ref, ours.ref))
			continue
		}
		if f.live[ref.Name] != nil {
			continue // its error is told
		}
		_, err := f.client.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &ref.Name})
		var missing *types.ResourceNotFoundException
		if errors.As(err, &missing) {
			fmt.Printf("warning: the API calls the function %s, which is not there: put it into a directory %s beside the file, or name one with --function %s=DIR\n",
				ref.Name, ref.Name, ref.Name)
		}
	}
	return errors.Join(errs...)
}

// elsewhere refuses a function that is made here and called in another account or region.
func elsewhere(called calledFunction, made gateway.FunctionRef) error {
	switch {
	case called.Tenant.Region != made.Tenant.Region:
		return fmt.Errorf("the API calls %s, and the function is made in %s: run this with --region %s", called.ARN(), made.Tenant.Region, called.Tenant.Region)
	case called.Tenant.Account != made.Tenant.Account:
		return fmt.Errorf("the API calls %s, and this Dipylon's account is %s: start it with --account-id %s", called.ARN(), made.Tenant.Account, called.Tenant.Account)
	case called.Qualifier != "" && called.Qualifier != gateway.LatestVersion:
		return fmt.Errorf("the API calls %s: dipylon up makes no aliases and versions", called.ARN())
	}
	return nil
}
