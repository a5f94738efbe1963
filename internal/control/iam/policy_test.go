package iam

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// TestPolicies: which members each operation answers with is recorded in localstack's test_iam_policies.snapshot.json.
func TestPolicies(t *testing.T) {
	f := newFixture(t)
	made := f.do("CreatePolicy", "PolicyName", "p", "PolicyDocument", logs, "Path", "/a/", "Description", "d", "Tags.member.1.Key", "k", "Tags.member.1.Value", "v")
	shown := func(attached, bounds int, version string) string {
		return "<Arn>arn:aws:iam::123456789012:policy/a/p</Arn><AttachmentCount>" + fmt.Sprint(attached) + "</AttachmentCount><CreateDate>2026-01-02T03:04:05Z</CreateDate>" +
			"<DefaultVersionId>" + version + "</DefaultVersionId>DESCRIPTION<IsAttachable>true</IsAttachable><Path>/a/</Path>" +
			"<PermissionsBoundaryUsageCount>" + fmt.Sprint(bounds) + "</PermissionsBoundaryUsageCount><PolicyId>ANPAID</PolicyId><PolicyName>p</PolicyName>"
	}
	const (
		tags    = "<Tags><member><Key>k</Key><Value>v</Value></member></Tags>"
		updated = "<UpdateDate>2026-01-02T03:04:05Z</UpdateDate>"
		arn     = "arn:aws:iam::123456789012:policy/a/p"
	)
	f.equal("made", made, "<Policy>"+strings.Replace(shown(0, 0, "v1"), "DESCRIPTION", "", 1)+tags+updated+"</Policy>")
	f.equal("got", f.do("GetPolicy", "PolicyArn", arn), "<Policy>"+strings.Replace(shown(0, 0, "v1"), "DESCRIPTION", "<Description>d</Description>", 1)+tags+updated+"</Policy>")
	f.role("r")
	f.role("s", "PermissionsBoundary", arn)
	f.do("AttachRolePolicy", "RoleName", "r", "PolicyArn", arn)
	f.equal("listed", f.do("ListPolicies", "Scope", "Local"),
		"<IsTruncated>false</IsTruncated><Policies><member>"+strings.Replace(shown(1, 1, "v1"), "DESCRIPTION", "", 1)+updated+"</member></Policies>")
	f.do("UntagPolicy", "PolicyArn", arn, "TagKeys.member.1", "k")
	f.equal("no tags", f.do("ListPolicyTags", "PolicyArn", arn), "<IsTruncated>false</IsTruncated><Tags></Tags>")
	f.do("TagPolicy", "PolicyArn", arn, "Tags.member.1.Key", "b", "Tags.member.1.Value", "", "Tags.member.2.Key", "B", "Tags.member.2.Value", "x")
	f.equal("tags differ in case", f.do("ListPolicyTags", "PolicyArn", arn, "MaxItems", "1"),
		"<IsTruncated>true</IsTruncated><Marker>IkIi</Marker><Tags><member><Key>B</Key><Value>x</Value></member></Tags>")
	f.do("DetachRolePolicy", "RoleName", "r", "PolicyArn", arn)
	f.do("DeleteRole", "RoleName", "s")
	f.do("DeletePolicy", "PolicyArn", arn)
	f.refused("404 NoSuchEntity Policy "+arn+" was not found.", "GetPolicy", "PolicyArn", arn)
}

func TestVersions(t *testing.T) {
	f := newFixture(t)
	arn := f.policy("p")
	add := func(more ...string) string {
		return f.do("CreatePolicyVersion", append([]string{"PolicyArn", arn, "PolicyDocument", logs}, more...)...)
	}
	version := func(id string, isDefault bool) string {
		return fmt.Sprintf("<CreateDate>2026-01-02T03:04:05Z</CreateDate>DOCUMENT<IsDefaultVersion>%v</IsDefaultVersion><VersionId>%s</VersionId>", isDefault, id)
	}
	bare := func(s string) string { return strings.ReplaceAll(s, "DOCUMENT", "") }
	f.equal("added", add("SetAsDefault", "true"), "<PolicyVersion>"+bare(version("v2", true))+"</PolicyVersion>")
	f.equal("added", add(), "<PolicyVersion>"+bare(version("v3", false))+"</PolicyVersion>")
	f.equal("got", f.do("GetPolicyVersion", "PolicyArn", arn, "VersionId", "v2"),
		"<PolicyVersion>"+strings.Replace(version("v2", true), "DOCUMENT", "<Document>"+*encoded(logs)+"</Document>", 1)+"</PolicyVersion>")
	f.equal("newest first", f.do("ListPolicyVersions", "PolicyArn", arn), "<IsTruncated>false</IsTruncated><Versions><member>"+
		bare(version("v3", false)+"</member><member>"+version("v2", true)+"</member><member>"+version("v1", false))+"</member></Versions>")
	add()
	add()
	f.refused("409 LimitExceeded A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
		"CreatePolicyVersion", "PolicyArn", arn, "PolicyDocument", logs)
	f.refused("409 DeleteConflict Cannot delete the default version of a policy.", "DeletePolicyVersion", "PolicyArn", arn, "VersionId", "v2")
	f.do("SetDefaultPolicyVersion", "PolicyArn", arn, "VersionId", "v1")
	f.do("DeletePolicyVersion", "PolicyArn", arn, "VersionId", "v2")
	f.equal("numbers are not used again", add(), "<PolicyVersion>"+bare(version("v6", false))+"</PolicyVersion>")
	f.refused("409 DeleteConflict This policy has more than one version. Before you delete a policy, you must delete the policy's versions."+
		" The default version is deleted with the policy.", "DeletePolicy", "PolicyArn", arn)
	const noV9 = "404 NoSuchEntity Policy arn:aws:iam::123456789012:policy/p version v9 does not exist or is not attachable."
	const none = "arn:aws:iam::123456789012:policy/none"
	for _, action := range []string{"GetPolicyVersion", "DeletePolicyVersion", "SetDefaultPolicyVersion"} {
		f.refused(noV9, action, "PolicyArn", arn, "VersionId", "v9")
		f.refused("404 NoSuchEntity Policy "+none+" version v1 does not exist or is not attachable.", action, "PolicyArn", none, "VersionId", "v1")
		f.refused(`400 ValidationError 1 validation error detected: Value at 'versionId' failed to satisfy constraint: Member must satisfy regular expression pattern: v[1-9][0-9]*(\.[A-Za-z0-9-]*)?`,
			action, "PolicyArn", arn, "VersionId", "1")
	}
	f.refused("404 NoSuchEntity Policy "+none+" does not exist or is not attachable.", "ListPolicyVersions", "PolicyArn", none)
	f.refused("404 NoSuchEntity Policy "+none+" does not exist or is not attachable.", "CreatePolicyVersion", "PolicyArn", none, "PolicyDocument", logs)
}

// TestManagedByAWS: some of AWS's policies are known, and all may be attached.
func TestManagedByAWS(t *testing.T) {
	f := newFixture(t)
	got := f.do("GetPolicy", "PolicyArn", basic)
	if !strings.Contains(got, "<Arn>"+basic+"</Arn>") || !strings.Contains(got, "<DefaultVersionId>v1</DefaultVersionId>") {
		t.Error(got)
	}
	if got := f.do("GetPolicyVersion", "PolicyArn", basic, "VersionId", "v1"); !strings.Contains(got, "logs%3APutLogEvents") {
		t.Error(got)
	}
	f.refused("404 NoSuchEntity Policy arn:aws:iam::aws:policy/Unknown was not found.", "GetPolicy", "PolicyArn", "arn:aws:iam::aws:policy/Unknown")
	for action, parameters := range map[string][]string{
		"DeletePolicy": nil, "CreatePolicyVersion": {"PolicyDocument", logs}, "DeletePolicyVersion": {"VersionId", "v1"},
		"SetDefaultPolicyVersion": {"VersionId", "v1"}, "TagPolicy": {"Tags.member.1.Key", "k", "Tags.member.1.Value", ""}, "UntagPolicy": {"TagKeys.member.1", "k"},
	} {
		f.refused("403 AccessDenied Policy is outside your own account.", action, append([]string{"PolicyArn", basic}, parameters...)...)
	}
	f.policy("own")
	f.role("r", "PermissionsBoundary", basic)
	f.do("AttachRolePolicy", "RoleName", "r", "PolicyArn", "arn:aws:iam::aws:policy/Unknown")
	if got := f.do("ListEntitiesForPolicy", "PolicyArn", "arn:aws:iam::aws:policy/Unknown"); !strings.Contains(got, "<RoleName>r</RoleName>") {
		t.Error(got)
	}
	for _, c := range []struct {
		filters []string
		want    int
	}{
		{nil, len(awsPolicies()) + 1},
		{[]string{"Scope", "All"}, len(awsPolicies()) + 1},
		{[]string{"Scope", "AWS"}, len(awsPolicies())},
		{[]string{"Scope", "Local"}, 1},
		{[]string{"Scope", "Local", "PathPrefix", "/x/"}, 0},
		{[]string{"OnlyAttached", "true"}, 1},
		{[]string{"PolicyUsageFilter", "PermissionsBoundary"}, 1},
		{[]string{"PolicyUsageFilter", "PermissionsPolicy"}, 0},
	} {
		if got := strings.Count(f.do("ListPolicies", c.filters...), "<PolicyName>"); got != c.want {
			t.Errorf("%q: %d policies, want %d", c.filters, got, c.want)
		}
	}
}

// TestPolicyRefusals: texts are recorded unless errors.go says otherwise.
func TestPolicyRefusals(t *testing.T) {
	f := newFixture(t)
	f.policy("Taken")
	const none = "arn:aws:iam::123456789012:policy/none"
	create := func(want string, parameters ...string) {
		t.Helper()
		f.refused(want, "CreatePolicy", append([]string{"PolicyName", "p", "PolicyDocument", logs}, parameters...)...)
	}
	create("409 EntityAlreadyExists A policy called Taken already exists. Duplicate names are not allowed.", "PolicyName", "Taken")
	create("409 EntityAlreadyExists A policy called taken already exists. Duplicate names are not allowed.", "PolicyName", "taken")
	create("400 MalformedPolicyDocument Syntax errors in policy.", "PolicyDocument", "not json")
	create("400 MalformedPolicyDocument Policy document must be version 2012-10-17 or greater.", "PolicyDocument", strings.Replace(logs, "2012", "2008", 1))
	create("409 LimitExceeded Cannot exceed quota for PolicySize: 6144", "PolicyDocument", strings.Replace(logs, `"Effect"`, `"Sid":"`+strings.Repeat("s", 6144)+`","Effect"`, 1))
	create(`400 ValidationError 1 validation error detected: Value at 'path' failed to satisfy constraint: Member must satisfy regular expression pattern: ((/[A-Za-z0-9\.,\+@=_-]+)*)/`, "Path", "a")
	create("400 InvalidInput Duplicate tag keys found.", "Tags.member.1.Key", "k", "Tags.member.1.Value", "", "Tags.member.2.Key", "k", "Tags.member.2.Value", "")
	f.policy("spaces", "PolicyDocument", strings.Replace(logs, ",", ","+strings.Repeat(" \n", 6144), 1))
	for _, action := range []string{"GetPolicy", "DeletePolicy", "ListPolicyTags"} {
		f.refused("404 NoSuchEntity Policy "+none+" was not found.", action, "PolicyArn", none)
		f.refused("400 ValidationError ARN longpolicynamebutnoarn is not valid.", action, "PolicyArn", "longpolicynamebutnoarn")
	}
	f.refused("404 NoSuchEntity Policy "+none+" was not found.", "TagPolicy", "PolicyArn", none, "Tags.member.1.Key", "k", "Tags.member.1.Value", "")
	f.refused("404 NoSuchEntity Policy "+none+" was not found.", "UntagPolicy", "PolicyArn", none, "TagKeys.member.1", "k")
	f.refused("404 NoSuchEntity Policy "+none+" does not exist or is not attachable.", "ListEntitiesForPolicy", "PolicyArn", none)
	f.refused(`400 ValidationError 1 validation error detected: Value at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+, Member must not be null]`,
		"UntagPolicy", "PolicyArn", none, "TagKeys.member.1", "k!")
}

func TestTags(t *testing.T) {
	f := newFixture(t)
	f.role("r", "Tags.member.1.Key", "Team", "Tags.member.1.Value", "a")
	f.do("TagRole", "RoleName", "r", "Tags.member.1.Key", "team", "Tags.member.1.Value", "b", "Tags.member.2.Key", "x", "Tags.member.2.Value", "")
	f.equal("folded", f.do("ListRoleTags", "RoleName", "r"),
		"<IsTruncated>false</IsTruncated><Tags><member><Key>team</Key><Value>b</Value></member><member><Key>x</Key><Value></Value></member></Tags>")
	var many []string
	for i := range 50 {
		many = append(many, fmt.Sprintf("Tags.member.%d.Key", i+1), fmt.Sprint("k", i), fmt.Sprintf("Tags.member.%d.Value", i+1), "v")
	}
	f.refused("409 LimitExceeded Cannot exceed quota for TagsPerRole: 50", "TagRole", append([]string{"RoleName", "r"}, many...)...)
	f.refused("400 ValidationError 1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50",
		"TagRole", slices.Concat([]string{"RoleName", "r", "Tags.member.51.Key", "z", "Tags.member.51.Value", ""}, many)...)
	f.do("UntagRole", "RoleName", "r", "TagKeys.member.1", "TEAM", "TagKeys.member.2", "none")
	f.equal("left", f.do("ListRoleTags", "RoleName", "r"), "<IsTruncated>false</IsTruncated><Tags><member><Key>x</Key><Value></Value></member></Tags>")
}

// TestConcurrentClients: twenty clients lose nothing of one another.
func TestConcurrentClients(t *testing.T) {
	f := newFixture(t)
	const clients, each = 20, 5
	f.role("shared")
	var all sync.WaitGroup
	for c := range clients {
		all.Go(func() {
			for i := range each {
				name := fmt.Sprintf("n-%d-%d", c, i)
				for _, call := range [][]string{
					{"CreateRole", "RoleName", name, "AssumeRolePolicyDocument", trust},
					{"CreatePolicy", "PolicyName", name, "PolicyDocument", logs},
					{"AttachRolePolicy", "RoleName", name, "PolicyArn", "arn:aws:iam::" + account + ":policy/" + name},
					{"PutRolePolicy", "RoleName", "shared", "PolicyName", name, "PolicyDocument", `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`},
				} {
					if status, body := f.send(call[0], call[1:]...); status != 200 {
						t.Errorf("%q: %d %s", call, status, body)
					}
				}
			}
		})
	}
	all.Wait()
	if got := strings.Count(f.do("ListRolePolicies", "RoleName", "shared", "MaxItems", "1000"), "<member>"); got != clients*each {
		t.Errorf("%d policies of the shared role", got)
	}
	if got := strings.Count(f.do("ListRoles", "MaxItems", "1000"), "<RoleName>"); got != clients*each+1 {
		t.Errorf("%d roles", got)
	}
	if got := strings.Count(f.do("ListPolicies", "OnlyAttached", "true", "MaxItems", "1000"), "<PolicyName>"); got != clients*each {
		t.Errorf("%d attached policies", got)
	}
}
