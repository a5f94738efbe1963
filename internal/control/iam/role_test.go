package iam

import (
	"fmt"
	"strings"
	"testing"
)

const encodedTrust = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A" +
	"%22lambda.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D"

// TestRoles: which members each operation answers with is recorded in localstack's test_iam_roles.snapshot.json.
func TestRoles(t *testing.T) {
	f := newFixture(t)
	const (
		head  = "<Arn>arn:aws:iam::123456789012:role/a/r</Arn><AssumeRolePolicyDocument>" + encodedTrust + "</AssumeRolePolicyDocument><CreateDate>2026-01-02T03:04:05Z</CreateDate>"
		tail  = "<Path>/a/</Path>"
		ids   = "<RoleId>AROAID</RoleId>"
		name  = "<RoleName>r</RoleName>"
		tags  = "<Tags><member><Key>k</Key><Value>v</Value></member></Tags>"
		bound = "<PermissionsBoundary><PermissionsBoundaryArn>arn:aws:iam::aws:policy/B</PermissionsBoundaryArn><PermissionsBoundaryType>Policy</PermissionsBoundaryType></PermissionsBoundary>"
	)
	made := f.role("r", "Path", "/a/", "Description", "d", "MaxSessionDuration", "7200", "Tags.member.1.Key", "k", "Tags.member.1.Value", "v",
		"PermissionsBoundary", "arn:aws:iam::aws:policy/B")
	f.equal("made", made, "<Role>"+head+tail+bound+ids+name+tags+"</Role>")
	shown := "<Description>d</Description><MaxSessionDuration>7200</MaxSessionDuration>"
	f.equal("got", f.do("GetRole", "RoleName", "r"), "<Role>"+head+shown+tail+bound+ids+"<RoleLastUsed></RoleLastUsed>"+name+tags+"</Role>")
	f.equal("listed", f.do("ListRoles"), "<IsTruncated>false</IsTruncated><Roles><member>"+head+shown+tail+ids+name+"</member></Roles>")
	f.do("UpdateRole", "RoleName", "r")
	f.equal("changed nothing", f.do("ListRoles", "PathPrefix", "/a"), "<IsTruncated>false</IsTruncated><Roles><member>"+head+shown+tail+ids+name+"</member></Roles>")
	f.equal("described", f.do("UpdateRoleDescription", "RoleName", "r", "Description", "e"), "<Role>"+head+"<Description>e</Description>"+tail+ids+name+"</Role>")
	f.do("UpdateRole", "RoleName", "r", "Description", "", "MaxSessionDuration", "3600")
	f.do("DeleteRolePermissionsBoundary", "RoleName", "r")
	f.do("UntagRole", "RoleName", "r", "TagKeys.member.1", "K")
	plain := "<Role>" + head + "<MaxSessionDuration>3600</MaxSessionDuration>" + tail + ids + "<RoleLastUsed></RoleLastUsed>" + name + "</Role>"
	f.equal("stripped", f.do("GetRole", "RoleName", "r"), plain)
	f.do("UpdateAssumeRolePolicy", "RoleName", "r", "PolicyDocument", strings.ReplaceAll(trust, "lambda", "ec2"))
	f.equal("trusts another", f.do("GetRole", "RoleName", "r"), strings.ReplaceAll(plain, "lambda", "ec2"))
	f.equal("elsewhere", f.do("ListRoles", "PathPrefix", "/b/"), "<IsTruncated>false</IsTruncated><Roles></Roles>")
	f.equal("profiles", f.do("ListInstanceProfilesForRole", "RoleName", "r"), "<InstanceProfiles></InstanceProfiles><IsTruncated>false</IsTruncated>")
	f.do("DeleteRole", "RoleName", "r")
	f.refused("404 NoSuchEntity The role with name r cannot be found.", "GetRole", "RoleName", "r")
}

func TestRolePolicies(t *testing.T) {
	f := newFixture(t)
	f.role("r")
	for _, name := range []string{"b", "a", "c"} {
		f.do("PutRolePolicy", "RoleName", "r", "PolicyName", name, "PolicyDocument", `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`)
	}
	f.do("PutRolePolicy", "RoleName", "r", "PolicyName", "a", "PolicyDocument", logs)
	f.equal("got", f.do("GetRolePolicy", "RoleName", "r", "PolicyName", "a"),
		"<PolicyDocument>"+*encoded(logs)+"</PolicyDocument><PolicyName>a</PolicyName><RoleName>r</RoleName>")
	first := f.do("ListRolePolicies", "RoleName", "r", "MaxItems", "2")
	f.equal("first page", first, "<IsTruncated>true</IsTruncated><Marker>ImIi</Marker><PolicyNames><member>a</member><member>b</member></PolicyNames>")
	f.do("DeleteRolePolicy", "RoleName", "r", "PolicyName", "b")
	f.equal("second page", f.do("ListRolePolicies", "RoleName", "r", "Marker", "ImIi"), "<IsTruncated>false</IsTruncated><PolicyNames><member>c</member></PolicyNames>")
	f.refused("409 DeleteConflict Cannot delete entity, must delete policies first.", "DeleteRole", "RoleName", "r")
	f.do("DeleteRolePolicy", "RoleName", "r", "PolicyName", "a")
	f.do("DeleteRolePolicy", "RoleName", "r", "PolicyName", "c")
	f.equal("none", f.do("ListRolePolicies", "RoleName", "r"), "<IsTruncated>false</IsTruncated><PolicyNames></PolicyNames>")
	f.do("DeleteRole", "RoleName", "r")
}

func TestAttachedPolicies(t *testing.T) {
	f := newFixture(t)
	f.role("r", "Path", "/x/")
	own := f.policy("own", "Path", "/p/")
	f.do("AttachRolePolicy", "RoleName", "r", "PolicyArn", own)
	f.do("AttachRolePolicy", "RoleName", "r", "PolicyArn", own)
	f.do("AttachRolePolicy", "RoleName", "r", "PolicyArn", basic)
	listed := "<member><PolicyArn>" + basic + "</PolicyArn><PolicyName>AWSLambdaBasicExecutionRole</PolicyName></member>"
	f.equal("attached", f.do("ListAttachedRolePolicies", "RoleName", "r"),
		"<AttachedPolicies>"+listed+"<member><PolicyArn>"+own+"</PolicyArn><PolicyName>own</PolicyName></member></AttachedPolicies><IsTruncated>false</IsTruncated>")
	f.equal("under a path", f.do("ListAttachedRolePolicies", "RoleName", "r", "PathPrefix", "/service-role/"),
		"<AttachedPolicies>"+listed+"</AttachedPolicies><IsTruncated>false</IsTruncated>")
	role := "<IsTruncated>false</IsTruncated><PolicyGroups></PolicyGroups><PolicyRoles><member><RoleId>AROAID</RoleId><RoleName>r</RoleName></member></PolicyRoles><PolicyUsers></PolicyUsers>"
	nobody := "<IsTruncated>false</IsTruncated><PolicyGroups></PolicyGroups><PolicyRoles></PolicyRoles><PolicyUsers></PolicyUsers>"
	for _, c := range []struct {
		filters []string
		want    string
	}{
		{nil, role},
		{[]string{"EntityFilter", "Role"}, role},
		{[]string{"EntityFilter", "User"}, nobody},
		{[]string{"EntityFilter", "LocalManagedPolicy"}, nobody},
		{[]string{"PathPrefix", "/x/"}, role},
		{[]string{"PathPrefix", "/y/"}, nobody},
		{[]string{"PolicyUsageFilter", "PermissionsPolicy"}, role},
		{[]string{"PolicyUsageFilter", "PermissionsBoundary"}, nobody},
	} {
		f.equal(fmt.Sprint("entities ", c.filters), f.do("ListEntitiesForPolicy", append([]string{"PolicyArn", own}, c.filters...)...), c.want)
	}
	f.refused("409 DeleteConflict Cannot delete entity, must detach all policies first.", "DeleteRole", "RoleName", "r")
	f.refused("409 DeleteConflict Cannot delete a policy attached to entities.", "DeletePolicy", "PolicyArn", own)
	f.do("DetachRolePolicy", "RoleName", "r", "PolicyArn", basic)
	f.do("DetachRolePolicy", "RoleName", "r", "PolicyArn", own)
	f.refused("404 NoSuchEntity Policy "+own+" was not found.", "DetachRolePolicy", "RoleName", "r", "PolicyArn", own)
	f.do("PutRolePermissionsBoundary", "RoleName", "r", "PermissionsBoundary", own)
	f.refused("409 DeleteConflict Cannot delete a policy attached to entities.", "DeletePolicy", "PolicyArn", own)
	f.equal("bounds", f.do("ListEntitiesForPolicy", "PolicyArn", own, "PolicyUsageFilter", "PermissionsBoundary"), role)
	f.do("DeleteRole", "RoleName", "r")
	f.do("DeletePolicy", "PolicyArn", own)
}

// TestRoleRefusals: texts are recorded unless errors.go says otherwise.
func TestRoleRefusals(t *testing.T) {
	f := newFixture(t)
	f.role("Taken")
	own := f.policy("own")
	const missing = "404 NoSuchEntity The role with name none cannot be found."
	create := func(want string, parameters ...string) {
		t.Helper()
		f.refused(want, "CreateRole", append([]string{"RoleName", "r", "AssumeRolePolicyDocument", trust}, parameters...)...)
	}
	const one = "400 ValidationError 1 validation error detected: Value at "
	create("409 EntityAlreadyExists Role with name Taken already exists.", "RoleName", "Taken")
	create("409 EntityAlreadyExists Role with name tAKEN already exists.", "RoleName", "tAKEN")
	create(one+`'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+`, "RoleName", "a b")
	create(one+"'roleName' failed to satisfy constraint: Member must have length less than or equal to 64", "RoleName", strings.Repeat("r", 65))
	create(one+"'maxSessionDuration' failed to satisfy constraint: Member must have value greater than or equal to 3600", "MaxSessionDuration", "60")
	create(one+"'maxSessionDuration' failed to satisfy constraint: Member must have value less than or equal to 43200", "MaxSessionDuration", "43201")
	create("400 MalformedPolicyDocument This policy contains invalid Json", "AssumeRolePolicyDocument", "not json")
	create("400 MalformedPolicyDocument Has prohibited field Resource", "AssumeRolePolicyDocument", strings.Replace(trust, `"Action"`, `"Resource":"*","Action"`, 1))
	create("409 LimitExceeded Cannot exceed quota for ACLSizePerRole: 2048", "AssumeRolePolicyDocument",
		strings.Replace(trust, `"Effect"`, `"Sid":"`+strings.Repeat("s", 2048)+`","Effect"`, 1))
	create("400 InvalidInput ARN arn:aws:iam::123456789012:not_a_policy/b is not valid.", "PermissionsBoundary", "arn:aws:iam::123456789012:not_a_policy/b")
	create("404 NoSuchEntity Scope ARN: arn:aws:iam::123456789012:policy/none does not exist or is not attachable.", "PermissionsBoundary", "arn:aws:iam::123456789012:policy/none")
	create("400 InvalidInput Duplicate tag keys found. Please note that Tag keys are case insensitive.",
		"Tags.member.1.Key", "k", "Tags.member.1.Value", "", "Tags.member.2.Key", "K", "Tags.member.2.Value", "")
	create(one+"'tags.1.member.value' failed to satisfy constraint: Member must not be null", "Tags.member.1.Key", "k")
	create(one+`'tags.1.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+`,
		"Tags.member.1.Key", "k!", "Tags.member.1.Value", "")
	for action, parameters := range map[string][]string{
		"GetRole": nil, "DeleteRole": nil, "UpdateRole": nil, "UpdateRoleDescription": {"Description", "d"}, "ListRolePolicies": nil,
		"UpdateAssumeRolePolicy": {"PolicyDocument", trust}, "DeleteRolePermissionsBoundary": nil, "PutRolePermissionsBoundary": {"PermissionsBoundary", own},
		"PutRolePolicy": {"PolicyName", "p", "PolicyDocument", logs}, "GetRolePolicy": {"PolicyName", "p"}, "DeleteRolePolicy": {"PolicyName", "p"},
		"AttachRolePolicy": {"PolicyArn", own}, "DetachRolePolicy": {"PolicyArn", own}, "ListAttachedRolePolicies": nil, "ListInstanceProfilesForRole": nil,
		"TagRole": {"Tags.member.1.Key", "k", "Tags.member.1.Value", "v"}, "UntagRole": {"TagKeys.member.1", "k"}, "ListRoleTags": nil,
	} {
		f.refused(missing, action, append([]string{"RoleName", "none"}, parameters...)...)
	}
	f.refused("400 ValidationError Invalid Marker.", "ListRoles", "Marker", "?")
	f.refused(one+"'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1", "ListRoles", "MaxItems", "0")
}

// TestRolePolicyRefusals: as TestRoleRefusals.
func TestRolePolicyRefusals(t *testing.T) {
	f := newFixture(t)
	f.role("r")
	put := func(want string, parameters ...string) {
		t.Helper()
		f.refused(want, "PutRolePolicy", append([]string{"RoleName", "r", "PolicyName", "p", "PolicyDocument", logs}, parameters...)...)
	}
	put("400 MalformedPolicyDocument Syntax errors in policy.", "PolicyDocument", "{")
	put("400 MalformedPolicyDocument Policy document should not specify a principal.", "PolicyDocument", trust)
	put("400 MalformedPolicyDocument Policy statement must contain actions.", "PolicyDocument", `{"Statement":{"Effect":"Allow"}}`)
	put("400 MalformedPolicyDocument Policy statement must contain resources.", "PolicyDocument", `{"Statement":{"Effect":"Allow","Action":"a:b"}}`)
	put("409 LimitExceeded Maximum policy size of 10240 bytes exceeded for role r", "PolicyDocument",
		strings.Replace(logs, `"Effect"`, `"Sid":"`+strings.Repeat("s", 10240)+`","Effect"`, 1))
	f.refused("404 NoSuchEntity The role policy with name p cannot be found.", "GetRolePolicy", "RoleName", "r", "PolicyName", "p")
	f.refused("404 NoSuchEntity The role policy with name p cannot be found.", "DeleteRolePolicy", "RoleName", "r", "PolicyName", "p")
	attach := func(want, arn string) {
		t.Helper()
		f.refused(want, "AttachRolePolicy", "RoleName", "r", "PolicyArn", arn)
	}
	attach("400 ValidationError ARN longpolicynamebutnoarn is not valid.", "longpolicynamebutnoarn")
	attach("400 ValidationError 1 validation error detected: Value at 'policyArn' failed to satisfy constraint: Member must have length greater than or equal to 20", "short")
	attach("404 NoSuchEntity Policy arn:aws:iam::123456789012:policy/none does not exist or is not attachable.", "arn:aws:iam::123456789012:policy/none")
	f.policy("own", "Path", "/p/")
	attach("404 NoSuchEntity Policy arn:aws:iam::123456789012:policy/own does not exist or is not attachable.", "arn:aws:iam::123456789012:policy/own")
	attach("404 NoSuchEntity Policy arn:aws:iam::210987654321:policy/p/own does not exist or is not attachable.", "arn:aws:iam::210987654321:policy/p/own")
	for i := range maxAttached {
		f.do("AttachRolePolicy", "RoleName", "r", "PolicyArn", fmt.Sprint("arn:aws:iam::aws:policy/P", i))
	}
	attach("409 LimitExceeded Cannot exceed quota for PoliciesPerRole: 10", basic)
}
