package lambda

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/policy"
)

// function is a definition, compiled. It never changes; a change of the definition makes another.
type function struct {
	tenant   gateway.Tenant
	name     string
	versions map[string]*version
	aliases  map[string][]choice
	policies map[string]*policy.Policy
	events   map[string]gateway.FunctionEventConfig
	// provisioned are the workers that versions are to keep warm.
	provisioned map[string]int
	// reserved is negative if the function reserves nothing.
	reserved int64
	usage    *usage
	// replaced is closed when another definition has taken the place of this one, or the function has gone.
	replaced chan struct{}
}

// version is a version that can be called.
type version struct {
	number, state string
	unit          *unit
}

// choice is a version of an alias, with the sum of its weight and of those before it. The last is 1.
type choice struct {
	version *version
	upTo    float64
}

// compile makes a function, with the units of the last definition as far as they run the same. It must not fail after
// the first new unit. The directory is locked.
func (d *Directory) compile(def *Definition, last *function) (*function, error) {
	f := &function{
		tenant: def.Tenant, name: def.Function.Name, reserved: -1,
		versions: map[string]*version{}, aliases: map[string][]choice{}, provisioned: map[string]int{},
		events: def.Events, replaced: make(chan struct{}),
	}
	if def.Function.Reserved != nil {
		f.reserved = int64(*def.Function.Reserved)
	}
	var err error
	if f.policies, err = compilePolicies(def); err != nil {
		return nil, err
	}
	if last != nil {
		f.usage = last.usage
	} else {
		f.usage = &usage{account: d.account(def.Tenant), meter: d.opts.Meters.Meter(def.Tenant, def.Function.Name)}
	}
	f.addVersion(d.opts.Host, &def.Function.Latest, last)
	for i := range def.Versions {
		f.addVersion(d.opts.Host, &def.Versions[i], last)
	}
	for i := range def.Aliases {
		f.addAlias(&def.Aliases[i])
	}
	for qualifier, p := range def.Provisioned {
		f.provision(qualifier, p.Requested)
	}
	return f, nil
}

func (f *function) addVersion(host Host, v *gateway.FunctionVersion, last *function) {
	out := &version{number: v.Version, state: v.State}
	if last != nil {
		if old := last.versions[v.Version]; old != nil && runsAlike(old.unit.version.FunctionVersion, *v) {
			out.unit = old.unit
		}
	}
	if out.unit == nil {
		out.unit = newUnit(host, &Version{FunctionVersion: *v, Tenant: f.tenant, Name: f.name}, f.usage)
	}
	f.versions[v.Version] = out
}

// runsAlike tells versions apart that must not run in the same workers.
func runsAlike(a, b gateway.FunctionVersion) bool {
	for _, v := range []*gateway.FunctionVersion{&a, &b} {
		v.Description, v.KMSKeyARN, v.DeadLetterARN, v.RevisionID, v.ModifiedAt = "", "", "", "", time.Time{}
		v.State, v.StateReason, v.StateReasonCode = "", "", ""
		v.UpdateStatus, v.UpdateReason, v.UpdateReasonCode = "", "", ""
	}
	return reflect.DeepEqual(a, b)
}

// addAlias leaves an alias out whose version is not there: calls of it find nothing.
func (f *function) addAlias(a *gateway.FunctionAlias) {
	own := f.versions[a.Version]
	if own == nil {
		return
	}
	var choices []choice
	sum := 0.0
	for _, number := range slices.Sorted(maps.Keys(a.Additional)) {
		weight := a.Additional[number]
		if v := f.versions[number]; v != nil && weight > 0 {
			sum = math.Min(sum+weight, 1)
			choices = append(choices, choice{version: v, upTo: sum})
		}
	}
	f.aliases[a.Name] = append(choices, choice{version: own, upTo: 1})
}

// provision shares what was asked for among the versions, as they share the calls.
func (f *function) provision(qualifier string, workers int) {
	before := 0.0
	for _, c := range f.resolve(qualifier) {
		share := (c.upTo - before) * float64(workers)
		before = c.upTo
		f.provisioned[c.version.number] += int(math.Ceil(share - 1e-9))
	}
}

// resolve returns what a qualifier means, nothing if there is no such version or alias.
func (f *function) resolve(qualifier string) []choice {
	if qualifier == "" {
		qualifier = gateway.LatestVersion
	}
	if v := f.versions[qualifier]; v != nil {
		return []choice{{version: v, upTo: 1}}
	}
	return f.aliases[qualifier]
}

// warm tells the runners what to keep ready. The directory is locked.
func (f *function) warm() {
	for number, v := range f.versions {
		n := f.provisioned[number]
		if !v.ready() {
			n = 0
		}
		if n != v.unit.warmth {
			v.unit.warmth = n
			v.unit.runner.Warm(n)
		}
	}
}

// replacedBy ends what another definition, nil if the function has gone, does not use.
func (f *function) replacedBy(next *function) {
	close(f.replaced)
	for number, v := range f.versions {
		if next == nil || next.versions[number] == nil || next.versions[number].unit != v.unit {
			v.unit.retire()
		}
	}
}

// reservedShare is what the function takes from the account's limit.
func (f *function) reservedShare() int64 { return max(f.reserved, 0) }

// The states of a version. None is as good as active.
const (
	statePending = "Pending"
	stateActive  = "Active"
)

func (v *version) ready() bool { return v.state == "" || v.state == stateActive }

// notReady has the text that AWS gives (recorded in several public issues, such as laravel/vapor-cli's).
func (v *version) notReady() *Error {
	return &Error{
		Kind:    NotReady,
		Message: "The operation cannot be performed at this time. The function is currently in the following state: " + v.state,
	}
}

func notFound(ref gateway.FunctionRef) *Error {
	if ref.Qualifier == "" {
		ref.Qualifier = gateway.LatestVersion
	}
	return &Error{Kind: NotFound, Message: "Function not found: " + ref.ARN()}
}

// compilePolicies reads the resource policies, so that a call only asks them.
func compilePolicies(def *Definition) (map[string]*policy.Policy, error) {
	out := make(map[string]*policy.Policy, len(def.Policies))
	for qualifier, p := range def.Policies {
		if len(p.Statements) == 0 {
			continue
		}
		compiled, err := policy.Compile(policyDocument(p), policy.Options{
			Kind: policy.Resource, MaxSize: math.MaxInt, Account: def.Tenant.Account,
		})
		if err != nil {
			return nil, fmt.Errorf("the policy of %s: %w", gateway.FunctionARN(def.Tenant, def.Function.Name, qualifier), err)
		}
		out[qualifier] = compiled
	}
	return out, nil
}
