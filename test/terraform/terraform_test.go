package terraform

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTerraform is the article's life by Terraform with its AWS provider: apply, traffic, an empty plan, changes, each with an
// empty plan behind it, destroy, and nothing left. `make terraform` runs it.
func TestTerraform(t *testing.T) {
	if os.Getenv("DIPYLON_TERRAFORM") != "1" {
		t.Skip("it may download Terraform's AWS provider, so it runs by `make terraform` only")
	}
	if _, err := exec.LookPath("terraform"); err != nil {
		t.Skip("terraform is not installed")
	}
	c := newConfiguration(newWorld(t))
	if out, err := c.terraform("init", "-input=false"); err != nil {
		t.Skipf("terraform init cannot install the AWS provider; name one by TF_CLI_CONFIG_FILE:\n%s", out)
	}
	c.apply()
	c.traffic(c.outputs(), edition{release: "one", kind: `"id"`, variable: `"release": "one"`})
	c.empty()

	c.set("two", map[string]string{"Team": "orders"})
	c.override(changed)
	c.apply()
	c.traffic(c.outputs(), edition{release: "two", kind: `"kind": "import"`, variable: `"release": "two"`})
	c.empty()
	c.override(changed + plan(1, 100, 50))
	c.apply()
	c.exhausted(c.outputs())
	c.override(changed + plan(10000, 1, 0.001))
	c.apply()
	c.limits(c.outputs())
	c.alert(c.outputs(), 10*time.Minute)
	c.empty()

	c.must("destroy", "-auto-approve", "-input=false")
	c.leftovers()
}

// changed is what a second apply changes: a template and the throttling of the HTTP API.
const changed = `
resource "aws_api_gateway_integration_response" "success" {
  response_templates = {
    "application/json" = "#set($r = $input.path('$')){\"kind\": \"import\", \"id\": \"$r.id\", \"email\": \"$r.email\", \"name\": \"$r.name\"}"
  }
}

resource "aws_apigatewayv2_stage" "main" {
  default_route_settings {
    throttling_burst_limit = 2000
    throttling_rate_limit  = 900
  }
}
`

// plan is the standard plan with other limits.
func plan(quota, burst int, rate float64) string {
	return fmt.Sprintf(`
resource "aws_api_gateway_usage_plan" "standard" {
  quota_settings {
    limit  = %d
    period = "MONTH"
  }

  throttle_settings {
    burst_limit = %d
    rate_limit  = %v
  }
}
`, quota, burst, rate)
}

// configuration is a copy of the article's, to be applied to a world.
type configuration struct {
	*world
	dir string
}

func newConfiguration(w *world) *configuration {
	c := &configuration{world: w, dir: w.TempDir()}
	if err := os.CopyFS(c.dir, os.DirFS("article")); err != nil {
		w.Fatal(err)
	}
	c.write("authorizer.zip", authorizerZip(w.T))
	c.set("one", map[string]string{"Project": "orders"})
	return c
}

func (c *configuration) write(name string, text []byte) {
	c.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), text, 0o600); err != nil {
		c.Fatal(err)
	}
}

// set writes the function in a release, and the variables.
func (c *configuration) set(release string, tags map[string]string) {
	c.write(release+".zip", apiZip(c.T, release))
	c.write("terraform.tfvars.json", must(json.Marshal(map[string]any{
		"endpoint": c.endpoint(), "region": region, "listener_arn": listener, "jwt_secret": secret, "subscriber_url": c.subscriber.URL,
		"api_zip": release + ".zip", "authorizer_zip": "authorizer.zip", "tags": tags, "stage_variables": map[string]string{"release": release},
	})))
}

// override writes what takes the place of parts of the configuration.
func (c *configuration) override(text string) { c.write("changes_override.tf", []byte(text)) }

func (c *configuration) terraform(args ...string) (string, error) {
	cmd := exec.CommandContext(c.Context(), "terraform", args...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "TF_IN_AUTOMATION=1", "TF_CLI_ARGS=-no-color", "CHECKPOINT_DISABLE=1")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

func (c *configuration) must(args ...string) string {
	c.Helper()
	out, err := c.terraform(args...)
	if err != nil {
		c.Fatalf("terraform %s: %v\n%s", args[0], err, out)
	}
	return out
}

func (c *configuration) apply() {
	c.Helper()
	c.must("apply", "-auto-approve", "-input=false")
}

// empty wants a plan without changes: -detailed-exitcode tells them by 2.
func (c *configuration) empty() {
	c.Helper()
	if out, err := c.terraform("plan", "-detailed-exitcode", "-input=false"); err != nil {
		c.Errorf("the plan is not empty: %v\n%s", err, out)
	}
}

func (c *configuration) outputs() deployed {
	c.Helper()
	var out map[string]struct{ Value string }
	if err := json.Unmarshal([]byte(c.must("output", "-json")), &out); err != nil {
		c.Fatal(err)
	}
	return deployed{
		http: out["http_api_id"].Value, rest: out["rest_api_id"].Value, key: out["api_key"].Value, topic: out["topic_arn"].Value,
	}
}

// TestFormat has Terraform's own formatter read the configuration: it needs no provider.
func TestFormat(t *testing.T) {
	if _, err := exec.LookPath("terraform"); err != nil {
		t.Skip("terraform is not installed")
	}
	out, err := exec.CommandContext(t.Context(), "terraform", "fmt", "-check", "-diff", "article").CombinedOutput()
	if err != nil {
		t.Errorf("terraform fmt: %v\n%s", err, out)
	}
}

// TestAsPrinted holds the article's blocks to its text: the hashes are of the text without white space, since the article prints each in one line.
func TestAsPrinted(t *testing.T) {
	for name, want := range map[string]string{
		"http-api.tf":       "f9304127329d8eca3879b366f1c55497dcf147d0f30aec0c84c35a81d7dc5fec",
		"jwt-authorizer.tf": "c223bc41d603216f8c2c20a3e8364ce3fa609004952afea78fd21820860ee34e",
		"openapi.yaml":      "072835fdbb0422251e4cadb96004689d0c39b9d73a96f91b2a809920d0d7fcea",
		"rest-api.tf":       "25e85fd71fb468a18ef7cbbb1cb3c0ac7a4be1afd3c25bb88312f7d5ca247928",
		"usage-plans.tf":    "f27ec7a0fc97398c295ec51312c8a56f6ba480e7fe54d009b7ced02c804724f7",
		"vpc-link.tf":       "314ee3cb4b8a15db1c316205c434d62a0647bcc3d0c34d844a4dbefc92ededb2",
		"monitoring.tf":     "5700afd86c19213f9265a3f4fe69c599aaa8f6a95cacd3f4ce60a3635806e14d",
		"authorizer.ts":     "649705e6a6dab4ad40139ab161940de310ed4a87026cdd4aa13502915a92b287",
	} {
		text := strings.Join(strings.Fields(string(must(os.ReadFile("article/"+name)))), "")
		if got := fmt.Sprintf("%x", sha256.Sum256([]byte(text))); got != want {
			t.Errorf("%s is not the article's: changes belong in another file (%s)", name, got)
		}
	}
}
