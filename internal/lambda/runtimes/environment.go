package runtimes

import (
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// reserved are the variables that a function's configuration may not set
// (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html).
const reserved = `_HANDLER _X_AMZN_TRACE_ID AWS_ACCESS_KEY AWS_ACCESS_KEY_ID AWS_DEFAULT_REGION AWS_EXECUTION_ENV
AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_NAME AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_INITIALIZATION_TYPE
AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME AWS_LAMBDA_RUNTIME_API AWS_REGION AWS_SECRET_ACCESS_KEY AWS_SECRET_KEY
AWS_SECURITY_TOKEN AWS_SESSION_TOKEN LAMBDA_RUNTIME_DIR LAMBDA_TASK_ROOT`

// Reserved returns those of the variables that a function may not set, in order.
func Reserved(variables map[string]string) []string {
	var found []string
	for _, name := range strings.Fields(reserved) {
		if _, ok := variables[name]; ok {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

// ReservedMessage is what AWS says (InvalidParameterValueException) to variables that are reserved.
func ReservedMessage(names []string) string {
	return "Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: " +
		strings.Join(names, ", ")
}

// environment is what a process is given. Nothing of ours goes into it.
type environment struct {
	// variables may be overridden by the function; fixed may not.
	variables, fixed map[string]string
	path             []string
}

func newEnvironment() *environment {
	return &environment{variables: map[string]string{}, fixed: map[string]string{}}
}

// set sets a variable that the function may override. An empty value sets nothing.
func (e *environment) set(name, value string) {
	if value != "" {
		e.variables[name] = value
	}
}

// own sets a variable that the function may not override.
func (e *environment) own(name, value string) {
	if value != "" {
		e.fixed[name] = value
	}
}

func (e *environment) addPath(dir string) {
	if dir != "" && !slices.Contains(e.path, dir) {
		e.path = append(e.path, dir)
	}
}

// list returns all variables, in order, with those of the function.
func (e *environment) list(function map[string]string) []string {
	e.set("PATH", strings.Join(e.path, string(filepath.ListSeparator)))
	all := maps.Clone(e.variables)
	maps.Copy(all, function)
	for _, name := range strings.Fields(reserved) {
		delete(all, name)
	}
	maps.Copy(all, e.fixed)
	list := make([]string, 0, len(all))
	for name, value := range all {
		list = append(list, name+"="+value)
	}
	slices.Sort(list)
	return list
}

// setCommon sets what all runtimes have. /opt and /var/task are where this machine has them.
func (r *Runtimes) setCommon(spec Spec, id identifier, env *environment) {
	v := spec.Version
	for _, dir := range []string{"/usr/local/bin", "/usr/bin", "/bin", below(spec.Layers, "bin")} {
		env.addPath(dir)
	}
	env.set("LD_LIBRARY_PATH", join(spec.Code, below(spec.Code, "lib"), below(spec.Layers, "lib")))
	env.set("LANG", "en_US.UTF-8")
	env.set("TZ", ":UTC")
	env.set("TMPDIR", spec.Tmp)
	env.set("HOME", spec.Tmp)
	env.set("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR")
	if r.opts.Endpoint != nil {
		env.set("AWS_ENDPOINT_URL", r.opts.Endpoint())
	}
	setLogging(spec, env)

	env.own("_HANDLER", v.Handler)
	env.own("AWS_REGION", v.Tenant.Region)
	env.own("AWS_DEFAULT_REGION", v.Tenant.Region)
	if id.family != familyProvided {
		env.own("AWS_EXECUTION_ENV", "AWS_Lambda_"+v.Runtime)
	}
	env.own("AWS_LAMBDA_FUNCTION_NAME", v.Name)
	env.own("AWS_LAMBDA_FUNCTION_VERSION", v.Version)
	env.own("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", strconv.Itoa(v.MemoryMB))
	initialization := "on-demand"
	if spec.Provisioned {
		initialization = "provisioned-concurrency"
	}
	env.own("AWS_LAMBDA_INITIALIZATION_TYPE", initialization)
	env.own("AWS_LAMBDA_RUNTIME_API", spec.API)
	env.own("LAMBDA_TASK_ROOT", spec.Code)
	env.own("LAMBDA_RUNTIME_DIR", r.dir)
	if r.opts.Credentials != nil {
		c := r.opts.Credentials(v)
		env.own("AWS_ACCESS_KEY_ID", c.AccessKeyID)
		env.own("AWS_SECRET_ACCESS_KEY", c.SecretAccessKey)
		env.own("AWS_SESSION_TOKEN", c.SessionToken)
	}
}

// setLogging tells where and how the function logs.
func setLogging(spec Spec, env *environment) {
	v := spec.Version
	group := v.LogGroup
	if group == "" {
		group = "/aws/lambda/" + v.Name
	}
	env.own("AWS_LAMBDA_LOG_GROUP_NAME", group)
	env.own("AWS_LAMBDA_LOG_STREAM_NAME", spec.LogStream)
	if v.LogFormat == "JSON" {
		env.own("AWS_LAMBDA_LOG_FORMAT", v.LogFormat)
		env.own("AWS_LAMBDA_LOG_LEVEL", v.ApplicationLevel)
	}
}
