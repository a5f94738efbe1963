package lambda

import (
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dipylon/dipylon/internal/lambda"
)

// TestCreateFunction has the answer from LocalStack's recording test_function_lifecycle.
func TestCreateFunction(t *testing.T) {
	f := newFixture(t)
	hold := make(chan struct{})
	f.code.set(hold, nil)
	created := f.do("POST", functionsPath, createBody("f", `,"Environment":{"Variables":{}},"Tags":{"a":"b"}`))
	want := answer{
		"Architectures": []any{"x86_64"}, "CodeSha256": created["CodeSha256"], "CodeSize": created["CodeSize"], "Description": "",
		"Environment":      map[string]any{"Variables": map[string]any{}},
		"EphemeralStorage": map[string]any{"Size": 512.0}, "FunctionArn": arn + "f", "FunctionName": "f", "Handler": "index.handler",
		"LastModified":  "2026-11-25T09:30:00.001+0000",
		"LoggingConfig": map[string]any{"LogFormat": "Text", "LogGroup": "/aws/lambda/f"},
		"MemorySize":    128.0, "PackageType": "Zip", "RevisionId": created["RevisionId"], "Role": role, "Runtime": "nodejs22.x",
		"RuntimeVersionConfig": created["RuntimeVersionConfig"],
		"SnapStart":            map[string]any{"ApplyOn": "None", "OptimizationStatus": "Off"},
		"State":                "Pending", "StateReason": "The function is being created.", "StateReasonCode": "Creating",
		"Timeout": 3.0, "TracingConfig": map[string]any{"Mode": "PassThrough"}, "Version": "$LATEST",
	}
	if diff := cmp.Diff(want, created); diff != "" {
		t.Errorf("CreateFunction (-want +got):\n%s", diff)
	}
	for _, op := range []string{"code", "configuration"} {
		got := f.refused("PUT", functionsPath+"/f/"+op, `{"ZipFile":"`+zipped("x")+`"}`)
		if want := "409 ResourceConflictException: The operation cannot be performed at this time. The function is currently in the following state: Pending"; got != want {
			t.Errorf("%s while Pending: %s", op, got)
		}
	}
	close(hold)
	settled := f.settled("f")
	for _, gone := range []string{"State", "StateReason", "StateReasonCode", "RevisionId"} {
		delete(want, gone)
	}
	got := answer{}
	for name, value := range settled {
		got[name] = value
	}
	if got["State"] != "Active" || got["LastUpdateStatus"] != "Successful" || got["RevisionId"] == created["RevisionId"] {
		t.Errorf("once ready: %v", got)
	}
	for _, gone := range []string{"State", "LastUpdateStatus", "RevisionId"} {
		delete(got, gone)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("GetFunctionConfiguration (-want +got):\n%s", diff)
	}
	if tags := f.do("GET", functionsPath+"/f", "").text("Tags"); tags != `{"a":"b"}` {
		t.Errorf("Tags = %s", tags)
	}
}

func TestUpdatesAreInProgressUntilReady(t *testing.T) {
	f := newFixture(t)
	f.function("f")
	hold := make(chan struct{})
	f.code.set(hold, nil)
	updated := f.do("PUT", functionsPath+"/f/configuration", `{"Timeout":9,"Layers":[]}`)
	if got := updated.text("State") + " " + updated.text("LastUpdateStatus") + " " + updated.text("LastUpdateStatusReasonCode"); got != "Active InProgress Creating" {
		t.Errorf("update: %s", got)
	}
	const busy = "409 ResourceConflictException: The operation cannot be performed at this time. An update is in progress for resource: " + arn + "f"
	for name, got := range map[string]string{
		"configuration": f.refused("PUT", functionsPath+"/f/configuration", `{"Timeout":8}`),
		"code":          f.refused("PUT", functionsPath+"/f/code", `{"ZipFile":"`+zipped("x")+`"}`),
		"publish":       f.refused("POST", functionsPath+"/f/versions", `{}`),
	} {
		if got != busy {
			t.Errorf("%s: %s", name, got)
		}
	}
	close(hold)
	if got := f.settled("f"); got.text("LastUpdateStatus") != "Successful" || got.text("Timeout") != "9" {
		t.Errorf("settled: %v", got)
	}
	f.code.set(nil, &lambda.BadCode{Message: "Unzipped size must be smaller than 262144000 bytes"})
	f.do("PUT", functionsPath+"/f/code", `{"ZipFile":"`+zipped("y")+`"}`)
	got := f.settled("f")
	if got.text("LastUpdateStatus") != "Failed" || got.text("LastUpdateStatusReason") != "Unzipped size must be smaller than 262144000 bytes" ||
		got.text("LastUpdateStatusReasonCode") != "InvalidZipFileException" || got.text("State") != "Active" {
		t.Errorf("failed update: %v", got)
	}
}

// TestPreparationsGoOn starts a second process where a first was stopped in the middle.
func TestPreparationsGoOn(t *testing.T) {
	f := newFixture(t)
	f.code.set(make(chan struct{}), nil)
	f.do("POST", functionsPath, createBody("f", ""))
	f.Stop()
	if got := f.do("GET", functionsPath+"/f/configuration", "").text("State"); got != "Pending" {
		t.Fatalf("State = %s after the stop", got)
	}
	f.code.set(nil, nil)
	next := New(f.Options)
	t.Cleanup(next.Stop)
	if err := next.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := f.settled("f").text("State"); got != "Active" {
		t.Errorf("State = %s", got)
	}
}

func TestFailedCreation(t *testing.T) {
	f := newFixture(t)
	f.code.set(nil, fmt.Errorf("disk on fire"))
	f.do("POST", functionsPath, createBody("f", ""))
	got := f.settled("f")
	if got.text("State") != "Failed" || got.text("StateReason") != "disk on fire" || got.text("StateReasonCode") != "InternalError" {
		t.Errorf("%v", got)
	}
	f.code.set(nil, nil)
	if got := f.do("PUT", functionsPath+"/f/code", `{"ZipFile":"`+zipped("x")+`"}`).text("State"); got != "Pending" {
		t.Errorf("new code: State = %s", got)
	}
	if got := f.settled("f").text("State"); got != "Active" {
		t.Errorf("State = %s", got)
	}
}

func TestGetFunctionByAnyName(t *testing.T) {
	f := newFixture(t)
	f.function("f")
	f.do("POST", functionsPath+"/f/versions", "{}")
	f.do("POST", functionsPath+"/f/aliases", `{"Name":"live","FunctionVersion":"1"}`)
	cases := []struct{ name, wantARN, wantVersion string }{
		{"f", arn + "f", "$LATEST"},
		{"function:f", arn + "f", "$LATEST"},
		{account + ":function:f", arn + "f", "$LATEST"},
		{account + ":f", arn + "f", "$LATEST"},
		{region + ":" + account + ":function:f", arn + "f", "$LATEST"},
		{arn + "f", arn + "f", "$LATEST"},
		{arn + "f:$LATEST", arn + "f:$LATEST", "$LATEST"},
		{arn + "f:1", arn + "f:1", "1"},
		{"f:1", arn + "f:1", "1"},
		{"f:live", arn + "f:live", "1"},
		{"f?Qualifier=live", arn + "f:live", "1"},
		{"f:live?Qualifier=live", arn + "f:live", "1"},
		{arn + "f?Qualifier=1", arn + "f:1", "1"},
	}
	for _, c := range cases {
		name, query, _ := strings.Cut(c.name, "?")
		got := f.do("GET", functionsPath+"/"+url.PathEscape(name)+"?"+query, "")
		if a, v := got.text("Configuration.FunctionArn"), got.text("Configuration.Version"); a != c.wantARN || v != c.wantVersion {
			t.Errorf("%s: %s version %s, want %s version %s", c.name, a, v, c.wantARN, c.wantVersion)
		}
	}
}

func TestLinkToCode(t *testing.T) {
	f := newFixture(t)
	f.function("f")
	link := f.do("GET", functionsPath+"/f", "").text("Code.Location")
	u, err := url.Parse(link)
	if err != nil || u.Host != "example.com" || !strings.HasPrefix(u.Path, LinkPath) {
		t.Fatalf("link %s: %v", link, err)
	}
	name, q := strings.TrimPrefix(u.Path, LinkPath), u.Query()
	body, size, err := f.OpenLink(name, q.Get("expires"), q.Get("signature"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(body)
	if err != nil || string(got) != string(zipOf("f")) || size != int64(len(got)) {
		t.Errorf("%d bytes of %d, %v", len(got), size, err)
	}
	for what, bad := range map[string][3]string{
		"another zip":    {"x" + name[1:], q.Get("expires"), q.Get("signature")},
		"a later end":    {name, "9" + q.Get("expires"), q.Get("signature")},
		"no signature":   {name, q.Get("expires"), ""},
		"not a number":   {name, "x", f.linkSignature(name, "x")},
		"not base64":     {"*", q.Get("expires"), f.linkSignature("*", q.Get("expires"))},
		"a shorter name": {name[:4], q.Get("expires"), q.Get("signature")},
	} {
		if _, _, err := f.OpenLink(bad[0], bad[1], bad[2]); err == nil {
			t.Errorf("%s: opened", what)
		}
	}
	f.mu.Lock()
	f.now = f.now.Add(11 * time.Minute)
	f.mu.Unlock()
	if _, _, err := f.OpenLink(name, q.Get("expires"), q.Get("signature")); err != ErrBadLink { //nolint:errorlint // itself
		t.Errorf("after 11 minutes: %v", err)
	}
}

func TestSourcesOfCode(t *testing.T) {
	f := newFixture(t)
	f.object["bucket/key"] = zipOf("from S3")
	f.do("POST", functionsPath, strings.Replace(createBody("s3", ""), `{"ZipFile":"`+zipped("s3")+`"}`, `{"S3Bucket":"bucket","S3Key":"key","S3ObjectVersion":"1"}`, 1))
	if a, b := f.settled("s3").text("CodeSize"), fmt.Sprint(len(zipOf("from S3"))); a != b {
		t.Errorf("CodeSize = %s, want %s", a, b)
	}
	dir := t.TempDir()
	f.do("POST", functionsPath, strings.Replace(createBody("hot", ""), `{"ZipFile":"`+zipped("hot")+`"}`, fmt.Sprintf(`{"S3Bucket":"hot-reload","S3Key":%q}`, dir), 1))
	f.settled("hot")
	if got := f.do("GET", functionsPath+"/hot", "").text("Code.Location"); got != "file://"+dir {
		t.Errorf("Location = %s", got)
	}
}

func TestListFunctions(t *testing.T) {
	f := newFixture(t)
	for _, name := range []string{"a", "b", "c"} {
		f.function(name)
	}
	f.do("POST", functionsPath+"/a/versions", "{}")
	f.do("POST", functionsPath+"/c/versions", "{}")
	for query, want := range map[string][]string{
		"":                     {"a", "b", "c"},
		"?FunctionVersion=ALL": {"a:$LATEST", "a:1", "b:$LATEST", "c:$LATEST", "c:1"},
	} {
		for _, size := range []string{"1", "2", "3", "50"} {
			var got []string
			marker := ""
			for range 9 {
				more := "&MaxItems=" + size
				if marker != "" {
					more += "&Marker=" + marker
				}
				page := f.do("GET", functionsPath+"/"+strings.Replace("?"+strings.TrimPrefix(query, "?")+more, "?&", "?", 1), "")
				for _, fn := range page["Functions"].([]any) {
					fn := answer(fn.(map[string]any))
					got = append(got, strings.TrimPrefix(fn.text("FunctionArn"), arn))
					if fn["State"] != nil || fn["RuntimeVersionConfig"] != nil {
						t.Errorf("a listing tells states: %v", fn)
					}
				}
				if marker = page.text("NextMarker"); marker == "" {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s in pages of %s: %v, want %v", query, size, got, want)
			}
		}
	}
}

func TestDeleteFunction(t *testing.T) {
	f := newFixture(t)
	f.function("f")
	f.do("POST", functionsPath+"/f/versions", "{}")
	f.do("POST", functionsPath+"/f/aliases", `{"Name":"live","FunctionVersion":"1"}`)
	if got, want := f.refused("DELETE", functionsPath+"/f?Qualifier=1", ""), "409 ResourceConflictException: Unable to delete version because the following aliases reference it: [live]"; got != want {
		t.Errorf("%s", got)
	}
	f.do("DELETE", functionsPath+"/f/aliases/live", "")
	for _, qualifier := range []string{"1", "1", "99"} {
		if status, _, _ := f.send("DELETE", functionsPath+"/f?Qualifier="+qualifier, ""); status != 204 {
			t.Errorf("delete version %s: %d", qualifier, status)
		}
	}
	f.do("PUT", functionsPath+"/f/configuration", `{"Description":"second"}`)
	f.settled("f")
	if got := f.do("POST", functionsPath+"/f/versions", "{}").text("Version"); got != "2" {
		t.Errorf("version after a deleted one: %s", got)
	}
	f.do("DELETE", functionsPath+"/f", "")
	if got, want := f.refused("GET", functionsPath+"/f", ""), "404 ResourceNotFoundException: Function not found: "+arn+"f"; got != want {
		t.Errorf("%s", got)
	}
	f.function("f") // nothing is left of the first
	if got := f.do("GET", functionsPath+"/f/versions", ""); len(got["Versions"].([]any)) != 1 {
		t.Errorf("%v", got)
	}
}

// TestManyClients has twenty clients change one function at a time: each change is made or refused, and none is lost.
func TestManyClients(t *testing.T) {
	f := newFixture(t)
	f.function("f")
	const clients = 20
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() {
			arn := "arn:aws:s3:::b" + fmt.Sprint(i)
			f.do("POST", functionsPath+"/f/policy", fmt.Sprintf(`{"StatementId":"s%d","Action":"lambda:InvokeFunction","Principal":"s3.amazonaws.com","SourceArn":%q}`, i, arn))
			f.do("POST", "/2017-03-31/tags/"+url.PathEscape(strings.TrimSuffix(functionARN(), "")), fmt.Sprintf(`{"Tags":{"k%d":"v"}}`, i))
			for {
				status, _, body := f.send("PUT", functionsPath+"/f/configuration", fmt.Sprintf(`{"Description":"%d"}`, i))
				if status == 200 {
					break
				}
				if status != 409 {
					t.Errorf("client %d: %d %s", i, status, body)
					return
				}
			}
			f.do("GET", functionsPath+"/f", "")
		})
	}
	wg.Wait()
	f.settled("f")
	policy := f.do("GET", functionsPath+"/f/policy", "").text("Policy")
	if n := strings.Count(policy, `"Sid"`); n != clients {
		t.Errorf("%d statements, want %d", n, clients)
	}
	if tags := f.do("GET", functionsPath+"/f", "").at("Tags").(map[string]any); len(tags) != clients {
		t.Errorf("%d tags, want %d", len(tags), clients)
	}
}

func functionARN() string { return arn + "f" }

// TestLongZip is LocalStack's recording test_oversized_zipped_create_lambda.
func TestLongZip(t *testing.T) {
	f := newFixture(t)
	_, err := f.fetch(t.Context(), testCall(), source{zip: make([]byte, maxZip+1)})
	if err == nil || err.Error() != "RequestEntityTooLargeException: Zipped size must be smaller than 52428800 bytes" {
		t.Errorf("%v", err)
	}
}
