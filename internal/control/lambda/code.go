package lambda

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/objects"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/lambda"
)

// The longest zips (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html): one that comes with the
// request, and one that comes from S3, where AWS bounds what is in it.
const (
	maxZip      = 50 << 20
	maxUnzipped = 250 << 20
)

// hotReload is the bucket that stands for this machine's directories, as users of emulators know it.
const hotReload = "hot-reload"

// source is where code comes from.
type source struct {
	// zip is nil if there is none.
	zip                  []byte
	bucket, key, version string
	// role is whose key pair reads the bucket.
	role string
}

func sourceOf(in *gen.CreateFunctionInput) source {
	return source{
		zip: in.Code.ZipFile, bucket: text(in.Code.S3Bucket), key: text(in.Code.S3Key), version: text(in.Code.S3ObjectVersion),
		role: text(in.Role),
	}
}

// fetch gets the code and keeps it. The first two texts are those of clients' reports.
func (s *Service) fetch(ctx context.Context, call *wire.Call, from source) (gateway.FunctionCode, error) {
	var none gateway.FunctionCode
	switch {
	case from.zip == nil && from.bucket == "" && from.key == "":
		return none, invalid("Please provide a source for function code.")
	case from.zip != nil && (from.bucket != "" || from.key != ""):
		return none, invalid("Please do not provide other FunctionCode parameters when providing a ZipFile.")
	case from.zip != nil && len(from.zip) == 0:
		return none, invalid("Uploaded file must be a non-empty zip")
	case len(from.zip) > maxZip:
		return none, tooLarge("Zipped size must be smaller than %d bytes", maxZip)
	case from.zip != nil:
		return s.keep(from.zip)
	case from.bucket == hotReload:
		return inPlace(from.key)
	}
	if !consistsOf(from.bucket, ".-_") || strings.HasSuffix(from.bucket, ".") {
		return none, malformed(from.bucket, "s3Bucket", `Member must satisfy regular expression pattern: ^[0-9A-Za-z\.\-_]*(?<!\.)$`)
	}
	if from.key == "" {
		return none, invalid("S3Key is required with S3Bucket")
	}
	zip, err := s.Objects.Get(ctx, objects.Object{
		Region: call.Tenant.Region, Bucket: from.bucket, Key: from.key, Version: from.version, Role: from.role,
	}, maxUnzipped)
	if refused, ok := errors.AsType[*objects.Error](err); ok {
		return none, invalid("Error occurred while GetObject. S3 Error Code: %s. S3 Error Message: %s", refused.Code, refused.Message)
	}
	if err != nil {
		return none, err
	}
	return s.keep(zip)
}

func (s *Service) keep(zip []byte) (gateway.FunctionCode, error) {
	code, err := s.Code.Keep(zip)
	if bad, ok := errors.AsType[*lambda.BadCode](err); ok {
		return code, invalid("%s", bad.Message)
	}
	return code, err
}

// inPlace is the code of a function that runs from a directory. There is no zip to tell a digest of.
func inPlace(dir string) (gateway.FunctionCode, error) {
	if !filepath.IsAbs(dir) {
		return gateway.FunctionCode{}, invalid("With S3Bucket hot-reload S3Key is an absolute path: %q is none", dir)
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return gateway.FunctionCode{}, invalid("With S3Bucket hot-reload S3Key is a directory of this machine: %q is none", dir)
	}
	name := sha256.Sum256([]byte(hotReload + ":" + filepath.Clean(dir)))
	return gateway.FunctionCode{SHA256: base64.StdEncoding.EncodeToString(name[:]), Dir: filepath.Clean(dir)}, nil
}
