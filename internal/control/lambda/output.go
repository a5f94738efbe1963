package lambda

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	gen "github.com/dipylon/dipylon/internal/wire/gen/lambda"
)

// configuration is how a version looks to a client who named it by a reference.
func configuration(ref gateway.FunctionRef, v gateway.FunctionVersion) gen.FunctionConfiguration {
	out := listed(ref, v)
	runtime := sha256.Sum256([]byte(v.Runtime))
	out.RuntimeVersionConfig = &gen.RuntimeVersionConfig{
		RuntimeVersionArn: new("arn:aws:lambda:" + ref.Tenant.Region + "::runtime:" + hex.EncodeToString(runtime[:])),
	}
	out.State = optional[gen.State](v.State)
	out.StateReason = optional[string](v.StateReason)
	out.StateReasonCode = optional[gen.StateReasonCode](v.StateReasonCode)
	out.LastUpdateStatus = optional[gen.LastUpdateStatus](v.UpdateStatus)
	out.LastUpdateStatusReason = optional[string](v.UpdateReason)
	out.LastUpdateStatusReasonCode = optional[gen.LastUpdateStatusReasonCode](v.UpdateReasonCode)
	return out
}

// listed is how a version looks in a listing: without its state, as on AWS.
func listed(ref gateway.FunctionRef, v gateway.FunctionVersion) gen.FunctionConfiguration {
	out := gen.FunctionConfiguration{
		Architectures: []gen.Architecture{gen.Architecture(v.Architecture)},
		CodeSha256:    &v.Code.SHA256, CodeSize: &v.Code.Size,
		Description:      &v.Description,
		EphemeralStorage: &gen.EphemeralStorage{Size: new(int32(v.EphemeralMB))}, //nolint:gosec // at most 10240
		FunctionArn:      new(ref.ARN()), FunctionName: &ref.Name,
		Handler:       optional[string](v.Handler),
		KMSKeyArn:     optional[string](v.KMSKeyARN),
		LastModified:  stamp(v.ModifiedAt),
		LoggingConfig: loggingOutput(v),
		MemorySize:    new(int32(v.MemoryMB)), //nolint:gosec // at most 10240
		PackageType:   new(gen.PackageTypeZip),
		RevisionId:    &v.RevisionID, Role: &v.Role,
		Runtime:       optional[gen.Runtime](v.Runtime),
		SnapStart:     &gen.SnapStartResponse{ApplyOn: new(gen.SnapStartApplyOnNone), OptimizationStatus: new(gen.SnapStartOptimizationStatusOff)},
		Timeout:       new(int32(v.Timeout / time.Second)), //nolint:gosec // at most 900
		TracingConfig: &gen.TracingConfigResponse{Mode: new(gen.TracingMode(v.TracingMode))},
		Version:       &v.Version,
	}
	if v.Environment != nil {
		out.Environment = &gen.EnvironmentResponse{Variables: v.Environment}
	}
	if v.DeadLetterARN != "" {
		out.DeadLetterConfig = &gen.DeadLetterConfig{TargetArn: &v.DeadLetterARN}
	}
	for _, layer := range v.Layers {
		out.Layers = append(out.Layers, gen.Layer{Arn: &layer.ARN, CodeSize: &layer.Code.Size})
	}
	if n := v.Network; n != nil {
		out.VpcConfig = &gen.VpcConfigResponse{
			Ipv6AllowedForDualStack: &n.DualStack, SecurityGroupIds: n.SecurityGroups, SubnetIds: n.Subnets, VpcId: new(vpcOf(n)),
		}
	}
	return out
}

// vpcOf makes up the id of a VPC: it can be told from subnets on AWS only.
func vpcOf(n *gateway.FunctionNetwork) string {
	h := sha256.New()
	for _, subnet := range n.Subnets {
		h.Write([]byte(subnet))
	}
	return "vpc-" + hex.EncodeToString(h.Sum(nil))[:17]
}

func loggingOutput(v gateway.FunctionVersion) *gen.LoggingConfig {
	return &gen.LoggingConfig{
		LogFormat: new(gen.LogFormat(v.LogFormat)), LogGroup: &v.LogGroup,
		ApplicationLogLevel: optional[gen.ApplicationLogLevel](v.ApplicationLevel),
		SystemLogLevel:      optional[gen.SystemLogLevel](v.SystemLevel),
	}
}
