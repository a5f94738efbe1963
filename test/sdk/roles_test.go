package sdk

import (
	"errors"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/dipylon/dipylon/test/harness"
)

const (
	trustPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	logPolicy   = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"logs:*","Resource":"*"}]}`
)

func iamClient(s *harness.Server) *iam.Client {
	return iam.New(iam.Options{
		Region: harness.Region, BaseEndpoint: aws.String("http://" + s.ControlAddr()), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
}

// TestRolesAndPolicies makes, reads, changes and removes a role with policies of both kinds.
func TestRolesAndPolicies(t *testing.T) {
	s, ctx := harness.Start(t, nil), t.Context()
	api, name := iamClient(s), aws.String("fn")
	made := must(api.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: name, AssumeRolePolicyDocument: aws.String(trustPolicy), Description: aws.String("d"),
		Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}},
	})).Role
	equal(t, "ARN", *made.Arn, "arn:aws:iam::000000000000:role/fn")
	equal(t, "id", len(*made.RoleId), 21)
	equal(t, "trust", must(url.PathUnescape(*made.AssumeRolePolicyDocument)), trustPolicy)
	got := must(api.GetRole(ctx, &iam.GetRoleInput{RoleName: name})).Role
	equal(t, "role", *got.Description+*got.Tags[0].Value, "db")
	equal(t, "session", *got.MaxSessionDuration, 3600)
	equal(t, "last used", got.RoleLastUsed.LastUsedDate == nil, true)

	must(api.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: name, PolicyName: aws.String("own"), PolicyDocument: aws.String(logPolicy)}))
	inline := must(api.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: name, PolicyName: aws.String("own")}))
	equal(t, "inline", must(url.PathUnescape(*inline.PolicyDocument)), logPolicy)
	managed := must(api.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("logs"), PolicyDocument: aws.String(logPolicy)})).Policy
	for _, arn := range []string{*managed.Arn, "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"} {
		must(api.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: name, PolicyArn: &arn}))
	}
	attached := must(api.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: name})).AttachedPolicies
	equal(t, "attached", len(attached), 2)
	must(api.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: managed.Arn, PolicyDocument: aws.String(logPolicy), SetAsDefault: true}))
	equal(t, "default version", *must(api.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: managed.Arn})).Policy.DefaultVersionId, "v2")

	var conflict *types.DeleteConflictException
	if _, err := api.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: name}); !errors.As(err, &conflict) {
		t.Errorf("got %v", err)
	}
	for _, p := range attached {
		must(api.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: name, PolicyArn: p.PolicyArn}))
	}
	must(api.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: name, PolicyName: aws.String("own")}))
	must(api.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: name}))
	must(api.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{PolicyArn: managed.Arn, VersionId: aws.String("v1")}))
	must(api.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: managed.Arn}))

	var missing *types.NoSuchEntityException
	if _, err := api.GetRole(ctx, &iam.GetRoleInput{RoleName: name}); !errors.As(err, &missing) || *missing.Message != "The role with name fn cannot be found." {
		t.Errorf("got %v", err)
	}
	var malformed *types.MalformedPolicyDocumentException
	if _, err := api.CreateRole(ctx, &iam.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: aws.String("{}")}); !errors.As(err, &malformed) {
		t.Errorf("got %v", err)
	}
	equal(t, "user", *must(api.GetUser(ctx, &iam.GetUserInput{})).User.Arn, "arn:aws:iam::000000000000:user/test")
}

// TestRolesArePaged lists more roles than a page holds.
func TestRolesArePaged(t *testing.T) {
	s, ctx := harness.Start(t, nil), t.Context()
	api := iamClient(s)
	for name := range strings.FieldsSeq("c a e b d") {
		must(api.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(trustPolicy)}))
	}
	var names string
	for p := iam.NewListRolesPaginator(api, &iam.ListRolesInput{MaxItems: aws.Int32(2)}); p.HasMorePages(); {
		for _, role := range must(p.NextPage(ctx)).Roles {
			names += *role.RoleName
		}
		names += " "
	}
	equal(t, "pages", names, "ab cd e ")
}

// TestTerraformRoles sends what Terraform's AWS provider 5.46 sent for a role with a policy of its own, in its order:
// apply, plan and destroy.
func TestTerraformRoles(t *testing.T) {
	s := harness.Start(t, nil)
	endpoint := "http://" + s.ControlAddr() + "/"
	bodies := strings.Fields(string(must(os.ReadFile("testdata/terraform-role.txt"))))
	equal(t, "calls", len(bodies), 21)
	for _, body := range bodies {
		call := harness.Call{Method: "POST", URL: endpoint, Body: []byte(body)}
		call.Headers = must(harness.Signer{KeyID: "test", Secret: "test", Service: "iam", Region: harness.Region}.Headers(call.Method, call.URL, call.Body))
		answer := must(call.Do(t.Context()))
		if answer.Status != 200 || !strings.Contains(string(answer.Body), "<RequestId>") {
			t.Errorf("%s: %d %s", body, answer.Status, answer.Body)
		}
	}
}
