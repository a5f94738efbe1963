package lambda

import (
	"context"
	"errors"
	"slices"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/lambda"
)

// AddPermission adds a statement to the resource policy of a function, or of one of its versions or aliases
// (https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html).
func (s *Service) AddPermission(ctx context.Context, call *wire.Call, in *gen.AddPermissionInput) (*gen.AddPermissionOutput, error) {
	ref, err := locate(call, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	if ref.Qualifier == gateway.LatestVersion {
		return nil, invalid("We currently do not support adding policies for $LATEST.")
	}
	statement, err := statementOf(in, ref)
	if err != nil {
		return nil, err
	}
	err = s.update(ctx, call, func(w writer) error {
		revision, err := w.policyTarget(ref)
		if err != nil {
			return err
		}
		p, err := state.FunctionPolicies().Get(w, w.policyKey(ref))
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err := checkPolicyRevision(in.RevisionId, p, revision); err != nil {
			return err
		}
		if err := addStatement(&p, statement); err != nil {
			return err
		}
		return w.putPolicy(ref, p)
	})
	if err != nil {
		return nil, err
	}
	return &gen.AddPermissionOutput{Statement: &statement.JSON}, nil
}

// policyKey is where a policy stands.
func (r reader) policyKey(ref gateway.FunctionRef) store.Key {
	if ref.Qualifier == "" {
		return r.key(ref.Name, gateway.LatestVersion)
	}
	return r.key(ref.Name, ref.Qualifier)
}

// policyTarget looks whether what a policy is for exists, and returns its revision.
func (r reader) policyTarget(ref gateway.FunctionRef) (revision string, err error) {
	fn, err := r.function(ref)
	switch {
	case err != nil || ref.Qualifier == "":
		return fn.Latest.RevisionID, err
	case isVersion(ref.Qualifier):
		v, err := r.published(ref)
		return v.RevisionID, err
	case !consistsOf(ref.Qualifier, "-_"):
		return "", notFound("Function not found: %s", ref.ARN())
	}
	alias, err := r.alias(ref)
	return alias.RevisionID, err
}

// checkPolicyRevision takes the policy's revision, and that of the function, which is another once a version was
// published.
func checkPolicyRevision(given *string, p gateway.FunctionPolicy, of string) error {
	if id := text(given); id != "" && id != of && id != p.RevisionID {
		return stale("GetPolicy")
	}
	return nil
}

func addStatement(p *gateway.FunctionPolicy, statement gateway.FunctionStatement) error {
	for _, other := range p.Statements {
		if other.ID == statement.ID {
			return conflict("The statement id (%s) provided already exists. Please provide a new statement id, or remove the existing statement.", statement.ID)
		}
	}
	p.Statements = append(slices.Clone(p.Statements), statement)
	if size := len(policyText(*p)); size > maxPolicy {
		return &gen.PolicyLengthExceededException{
			Type: user(), Message: "The final policy size (" + itoa(size) + ") is bigger than the limit (" + itoa(maxPolicy) + ").",
		}
	}
	return nil
}

// putPolicy writes a policy, which gives what it is for the same new revision (recorded).
func (w writer) putPolicy(ref gateway.FunctionRef, p gateway.FunctionPolicy) error {
	p.RevisionID = gateway.NewUUID()
	if err := w.touch(ref, p.RevisionID); err != nil {
		return err
	}
	if len(p.Statements) == 0 {
		return state.FunctionPolicies().Delete(w.tx, w.policyKey(ref))
	}
	return state.FunctionPolicies().Put(w.tx, w.policyKey(ref), p)
}

// RemovePermission takes a statement out of a policy.
func (s *Service) RemovePermission(ctx context.Context, call *wire.Call, in *gen.RemovePermissionInput) (*gen.RemovePermissionOutput, error) {
	ref, err := locate(call, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	if ref.Qualifier == gateway.LatestVersion {
		ref.Qualifier = ""
	}
	err = s.update(ctx, call, func(w writer) error {
		if _, err := w.function(ref); err != nil {
			if isMissing(err) {
				return notFound("No policy found for: %s", ref.ARN())
			}
			return err
		}
		revision, err := w.policyTarget(ref)
		if err != nil {
			return err
		}
		p, err := state.FunctionPolicies().Get(w, w.policyKey(ref))
		if err != nil {
			return orNotFound(err, notFound("No policy is associated with the given resource."))
		}
		if err := checkPolicyRevision(in.RevisionId, p, revision); err != nil {
			return err
		}
		if err := removeStatement(&p, in.StatementId); err != nil {
			return err
		}
		return w.putPolicy(ref, p)
	})
	return &gen.RemovePermissionOutput{}, err
}

func removeStatement(p *gateway.FunctionPolicy, id string) error {
	i := slices.IndexFunc(p.Statements, func(s gateway.FunctionStatement) bool { return s.ID == id })
	if i < 0 {
		return notFound("Statement %s is not found in resource policy.", id)
	}
	p.Statements = slices.Delete(slices.Clone(p.Statements), i, i+1)
	return nil
}

// GetPolicy returns the resource policy of a function, or of one of its versions or aliases.
func (s *Service) GetPolicy(ctx context.Context, call *wire.Call, in *gen.GetPolicyInput) (*gen.GetPolicyOutput, error) {
	ref, err := locate(call, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	var p gateway.FunctionPolicy
	err = s.view(ctx, call, func(r reader) (err error) {
		p, err = state.FunctionPolicies().Get(r, r.policyKey(ref))
		return orNotFound(err, notFound("The resource you requested does not exist."))
	})
	if err != nil {
		return nil, err
	}
	return &gen.GetPolicyOutput{Policy: new(policyText(p)), RevisionId: &p.RevisionID}, nil
}
