package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

type tokenCmd struct {
	Endpoint string        `name:"endpoint-url" env:"DIPYLON_ENDPOINT_URL,AWS_ENDPOINT_URL" default:"http://127.0.0.1:4566" help:"Control plane of the running Dipylon, started with --dev-issuer."`
	Subject  string        `name:"subject" default:"dev" help:"The claims sub and client_id."`
	Audience []string      `name:"audience" short:"a" help:"The claim aud."`
	Scope    []string      `name:"scope" help:"Scopes of the claim scope."`
	Claims   string        `name:"claims" help:"More claims, as a JSON object; null takes one out." placeholder:"JSON"`
	Lifetime time.Duration `name:"lifetime" default:"1h" help:"How long the token is valid."`
	Alg      string        `name:"alg" enum:"RS256,ES256" default:"RS256" help:"RS256 or ES256."`
}

// Run asks the development issuer of a running server for a token and prints it.
func (c *tokenCmd) Run() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {c.Subject}, "audience": c.Audience,
		"scope": {strings.Join(c.Scope, " ")}, "claims": {c.Claims}, "lifetime": {c.Lifetime.String()}, "alg": {c.Alg},
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Endpoint+"/_dipylon/issuer/token", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("no Dipylon answers at %s: %w", c.Endpoint, err)
	}
	defer resp.Body.Close()
	var answer struct {
		Token       string `json:"access_token"`
		Description string `json:"error_description"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return fmt.Errorf("the server answered %s; was it started with --dev-issuer?", resp.Status)
	}
	if answer.Token == "" {
		return errors.New(orText(answer.Description, "the server gave no token; was it started with --dev-issuer?"))
	}
	fmt.Println(answer.Token)
	return nil
}

func orText(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
