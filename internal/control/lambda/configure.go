package lambda

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	gen "github.com/dipylon/dipylon/internal/wire/gen/lambda"
)

// The defaults and bounds of a function (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
const (
	defaultMemoryMB    = 128
	maxMemoryMB        = 10240
	defaultTimeout     = 3 * time.Second
	maxTimeout         = 900
	defaultEphemeralMB = 512
	maxEnvironment     = 4096
	maxTags            = 50
)

// newVersion is $LATEST of a function that says nothing about itself.
func newVersion(name string) gateway.FunctionVersion {
	return gateway.FunctionVersion{
		Version: gateway.LatestVersion, MemoryMB: defaultMemoryMB, EphemeralMB: defaultEphemeralMB, Timeout: defaultTimeout,
		Architecture: string(gen.ArchitectureX8664), TracingMode: string(gen.TracingModePassThrough),
		LogFormat: string(gen.LogFormatText), LogGroup: "/aws/lambda/" + name,
	}
}

// configure changes a version by the settings that are given. CreateFunction has the same ones and gives them in this
// form.
func (w writer) configure(v *gateway.FunctionVersion, in *gen.UpdateFunctionConfigurationInput) error {
	for _, check := range []func(*gen.UpdateFunctionConfigurationInput) error{
		checkBuilt, checkRuntime, checkBounds, checkEnvironment,
	} {
		if err := check(in); err != nil {
			return err
		}
	}
	set(&v.Description, in.Description)
	replace(&v.Handler, in.Handler)
	replace(&v.Runtime, in.Runtime)
	replace(&v.Role, in.Role)
	set(&v.KMSKeyARN, in.KMSKeyArn)
	if in.MemorySize != nil {
		v.MemoryMB = int(*in.MemorySize)
	}
	if in.Timeout != nil {
		v.Timeout = time.Duration(*in.Timeout) * time.Second
	}
	if in.EphemeralStorage != nil {
		v.EphemeralMB = int(*in.EphemeralStorage.Size)
	}
	if in.Environment != nil {
		if v.Environment = maps.Clone(in.Environment.Variables); v.Environment == nil {
			v.Environment = map[string]string{}
		}
	}
	if in.TracingConfig != nil {
		replace(&v.TracingMode, in.TracingConfig.Mode)
	}
	if in.DeadLetterConfig != nil {
		v.DeadLetterARN = text(in.DeadLetterConfig.TargetArn)
	}
	if in.VpcConfig != nil {
		v.Network = networkOf(in.VpcConfig)
	}
	if err := configureLogging(v, in.LoggingConfig); err != nil {
		return err
	}
	if in.Layers == nil {
		return nil
	}
	var err error
	v.Layers, err = w.layersOf(in.Layers)
	return err
}

// checkBuilt refuses what would change how a function runs and is not built.
func checkBuilt(in *gen.UpdateFunctionConfigurationInput) error {
	switch {
	case len(in.FileSystemConfigs) > 0:
		return notBuilt("file systems of functions")
	case in.ImageConfig != nil && (len(in.ImageConfig.Command) > 0 || len(in.ImageConfig.EntryPoint) > 0 || text(in.ImageConfig.WorkingDirectory) != ""):
		return notBuilt("functions from container images")
	case in.SnapStart != nil && text(in.SnapStart.ApplyOn) == string(gen.SnapStartApplyOnPublishedVersions):
		return notBuilt("SnapStart")
	case in.DurableConfig != nil:
		return notBuilt("durable functions")
	case in.CapacityProviderConfig != nil:
		return notBuilt("capacity providers")
	}
	return nil
}

// The runtimes that AWS takes, in the order of its message, and those that it took once (recorded on 2026-01-12).
var (
	runtimes = []string{
		"nodejs20.x", "python3.14", "provided.al2023", "python3.12", "python3.13", "nodejs24.x", "nodejs22.x", "java25",
		"python3.10", "python3.11", "java21", "ruby3.3", "ruby3.4", "ruby3.2", "python3.8", "python3.9", "java17", "nodejs16.x",
		"dotnet10", "dotnet8", "java11", "dotnet6", "nodejs18.x", "provided.al2", "java8.al2",
	}
	retired = []string{
		"java8", "go1.x", "provided", "ruby2.7", "nodejs14.x", "python3.7", "dotnetcore3.1", "nodejs12.x", "nodejs10.x",
		"nodejs8.10", "nodejs6.10", "nodejs4.3", "nodejs4.3-edge", "nodejs", "python3.6", "python2.7", "ruby2.5",
		"dotnetcore2.1", "dotnetcore2.0", "dotnetcore1.0",
	}
)

func checkRuntime(in *gen.UpdateFunctionConfigurationInput) error {
	runtime := text(in.Runtime)
	switch {
	case runtime == "" || slices.Contains(runtimes, runtime) || runtime == "ruby4.0":
		return nil
	case slices.Contains(retired, runtime):
		return invalid("The runtime parameter of %s is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.", runtime)
	}
	return invalid("Value %s at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [%s] or be a valid ARN", runtime, strings.Join(runtimes, ", "))
}

// checkBounds checks what the model leaves open.
func checkBounds(in *gen.UpdateFunctionConfigurationInput) error {
	if in.MemorySize != nil && *in.MemorySize > maxMemoryMB {
		return invalid("'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to %d", maxMemoryMB)
	}
	if in.Timeout != nil && *in.Timeout > maxTimeout {
		return invalid("1 validation error detected: Value '%d' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to %d", *in.Timeout, maxTimeout)
	}
	return nil
}

// reserved are the variables that Lambda sets
// (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime).
var reserved = []string{
	"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME",
	"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE",
	"AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
	"AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
}

func checkEnvironment(in *gen.UpdateFunctionConfigurationInput) error {
	if in.Environment == nil {
		return nil
	}
	var taken []string
	for name := range in.Environment.Variables {
		if slices.Contains(reserved, name) {
			taken = append(taken, name)
		}
	}
	if len(taken) > 0 { // the text is that of clients' reports, such as serverless/serverless issue 5433
		slices.Sort(taken)
		return invalid("Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: %s", strings.Join(taken, ", "))
	}
	measured, err := plainJSON(in.Environment.Variables)
	if err != nil {
		return err
	}
	if len(measured) > maxEnvironment {
		return invalid("Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: %s", measured)
	}
	return nil
}

func networkOf(in *gen.VpcConfig) *gateway.FunctionNetwork {
	if len(in.SubnetIds) == 0 && len(in.SecurityGroupIds) == 0 {
		return nil
	}
	return &gateway.FunctionNetwork{
		Subnets: in.SubnetIds, SecurityGroups: in.SecurityGroupIds, DualStack: flag(in.Ipv6AllowedForDualStack),
	}
}

// configureLogging follows https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html: levels
// go with JSON, where INFO is the default.
func configureLogging(v *gateway.FunctionVersion, in *gen.LoggingConfig) error {
	if in == nil {
		return nil
	}
	replace(&v.LogFormat, in.LogFormat)
	replace(&v.LogGroup, in.LogGroup)
	if v.LogFormat == string(gen.LogFormatText) {
		if in.ApplicationLogLevel != nil || in.SystemLogLevel != nil {
			return invalid(`LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the LogFormat to "JSON" and try again.`)
		}
		v.ApplicationLevel, v.SystemLevel = "", ""
		return nil
	}
	for _, level := range []*string{&v.ApplicationLevel, &v.SystemLevel} {
		if *level == "" {
			*level = "INFO"
		}
	}
	replace(&v.ApplicationLevel, in.ApplicationLogLevel)
	replace(&v.SystemLevel, in.SystemLogLevel)
	return nil
}
