package exchange

// Trial is what a call by TestInvokeMethod or TestInvokeAuthorizer has in a client's place.
type Trial struct {
	// UserAgent is what the caller of the operation calls itself.
	UserAgent string
}

// What a trial's call seems to be, as functions show it that log their events (captured in public repositories,
// 2019 to 2024: identity, stage and domain name are alike in all).
const (
	TrialStage    = "test-invoke-stage"
	TrialResource = "test-invoke-resource-id"
	TrialHost     = "testPrefix.testDomainName"
	TrialAPIKey   = "test-invoke-api-key"
	TrialAPIKeyID = "test-invoke-api-key-id"
	trialSource   = "test-invoke-source-ip"
)

// AppendSourceIP appends the client's address as contexts and events have it; nothing if it is not known.
func (x *Exchange) AppendSourceIP(dst []byte) []byte {
	if x.Trial != nil {
		return append(dst, trialSource...)
	}
	if addr := x.Request.Remote.Addr(); addr.IsValid() {
		return addr.Unmap().WithZone("").AppendTo(dst)
	}
	return dst
}

// UserAgent is what the client calls itself; nil if it does not.
func (x *Exchange) UserAgent() []byte {
	if x.Trial != nil {
		return []byte(x.Trial.UserAgent)
	}
	return x.Request.Header.Get("User-Agent")
}

// AppendContextPath appends $context.path of a REST API: the path with the stage's name, which a trial's has not.
func (x *Exchange) AppendContextPath(dst []byte) []byte {
	if x.Trial == nil && x.Route.Stage != "" {
		dst = append(append(dst, '/'), x.Route.Stage...)
	}
	return append(dst, x.Route.Path...)
}
