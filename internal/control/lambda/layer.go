package lambda

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/lambda"
)

// PublishLayerVersion keeps a zip as the next version of a layer
// (https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html).
func (s *Service) PublishLayerVersion(ctx context.Context, call *wire.Call, in *gen.PublishLayerVersionInput) (*gen.PublishLayerVersionOutput, error) {
	name, err := layerName(call, in.LayerName)
	if err != nil {
		return nil, err
	}
	from := source{
		zip: in.Content.ZipFile, bucket: text(in.Content.S3Bucket), key: text(in.Content.S3Key), version: text(in.Content.S3ObjectVersion),
	}
	if from.bucket == hotReload {
		return nil, notBuilt("layers that are reloaded")
	}
	code, err := s.fetch(ctx, call, from)
	if err != nil {
		return nil, err
	}
	v := gateway.LayerVersion{
		Name: name, Description: text(in.Description), Runtimes: as[string](in.CompatibleRuntimes),
		Architectures: as[string](in.CompatibleArchitectures), License: text(in.LicenseInfo), Code: code,
	}
	err = s.update(ctx, call, func(w writer) error {
		layer, err := state.Layers().Get(w, w.key("", name))
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		layer.Name = name
		layer.LastVersion++
		v.Version, v.CreatedAt = layer.LastVersion, w.now
		if err := state.Layers().Put(w.tx, w.key("", name), layer); err != nil {
			return err
		}
		return w.putLayerVersion(v)
	})
	if err != nil {
		return nil, err
	}
	return new(gen.PublishLayerVersionOutput(s.layerOutput(call, v))), nil
}

func (w writer) putLayerVersion(v gateway.LayerVersion) error {
	return state.LayerVersions().Put(w.tx, w.key(v.Name, state.VersionID(v.Version)), v)
}

// layerName reads a layer's name, or its ARN, which the wire has matched with the model's pattern.
func layerName(call *wire.Call, name string) (string, error) {
	if parts := strings.Split(name, ":"); len(parts) >= 7 {
		if err := ownLayer(call, parts, name); err != nil {
			return "", err
		}
		name = parts[6]
	}
	if len(name) > maxName {
		return "", malformed(name, "layerName", "Member must have length less than or equal to "+itoa(maxName))
	}
	return name, nil
}

// ownLayer refuses the layers of others: AWS's own, and what its users publish there, cannot be had here.
func ownLayer(call *wire.Call, arn []string, resource string) error {
	if arn[3] == call.Tenant.Region && arn[4] == call.Tenant.Account {
		return nil
	}
	return denied("User: arn:aws:iam::%s:user/%s is not authorized to perform: lambda:%s on resource: %s because no resource-based policy allows the lambda:%s action",
		call.Tenant.Account, call.Identity, call.Operation, resource, call.Operation)
}

// GetLayerVersion returns a version of a layer with a link to its zip.
func (s *Service) GetLayerVersion(ctx context.Context, call *wire.Call, in *gen.GetLayerVersionInput) (*gen.GetLayerVersionResponse, error) {
	at, err := layerAt(call, in.LayerName, in.VersionNumber)
	if err != nil {
		return nil, err
	}
	var v gateway.LayerVersion
	err = s.view(ctx, call, func(r reader) (err error) {
		v, err = r.layerVersion(at, notFound("The resource you requested does not exist."))
		return err
	})
	if err != nil {
		return nil, err
	}
	return new(s.layerOutput(call, v)), nil
}

// atLayer is a version of a layer.
type atLayer struct {
	name    string
	version int
}

func layerAt(call *wire.Call, name string, version int64) (atLayer, error) {
	const most = 1_000_000_000 // what the ids of documents can tell
	name, err := layerName(call, name)
	switch {
	case err != nil:
		return atLayer{}, err
	case version < 1:
		return atLayer{}, invalid("Layer Version Cannot be less than 1")
	}
	return atLayer{name, int(min(version, most))}, nil
}

func (r reader) layerVersion(at atLayer, missing error) (gateway.LayerVersion, error) {
	v, err := state.LayerVersions().Get(r, r.key(at.name, state.VersionID(at.version)))
	return v, orNotFound(err, missing)
}

// GetLayerVersionByArn returns a version of a layer.
func (s *Service) GetLayerVersionByArn(ctx context.Context, call *wire.Call, in *gen.GetLayerVersionByArnInput) (*gen.GetLayerVersionResponse, error) {
	name, number := splitLayerARN(*in.Arn)
	return s.GetLayerVersion(ctx, call, &gen.GetLayerVersionInput{LayerName: name, VersionNumber: number})
}

// splitLayerARN takes the version off an ARN. A number too great for any version is one that no layer has.
func splitLayerARN(arn string) (layer string, version int64) {
	at := strings.LastIndexByte(arn, ':')
	for _, c := range []byte(arn[at+1:]) {
		if version = version*10 + int64(c-'0'); version > 1<<40 {
			return arn[:at], 1 << 40
		}
	}
	return arn[:at], version
}

// compatible is what a listing of layers is narrowed to.
type compatible struct{ runtime, architecture string }

func (c compatible) takes(v gateway.LayerVersion) bool {
	return (c.runtime == "" || slices.Contains(v.Runtimes, c.runtime)) &&
		(c.architecture == "" || slices.Contains(v.Architectures, c.architecture))
}

// newest returns a layer's versions that fit, the newest first.
func (r reader) newest(name string, fit compatible) ([]gateway.LayerVersion, error) {
	all, err := values(state.LayerVersions().List(r, r.children(name)))
	slices.Reverse(all)
	return slices.DeleteFunc(all, func(v gateway.LayerVersion) bool { return !fit.takes(v) }), err
}

// ListLayerVersions lists a layer's versions, the newest first; a layer that does not exist has none.
func (s *Service) ListLayerVersions(ctx context.Context, call *wire.Call, in *gen.ListLayerVersionsInput) (*gen.ListLayerVersionsOutput, error) {
	name, err := layerName(call, in.LayerName)
	if err != nil {
		return nil, err
	}
	rng, err := page(in.MaxItems, in.Marker)
	if err != nil {
		return nil, err
	}
	out := gen.ListLayerVersionsOutput{LayerVersions: []gen.LayerVersionsListItem{}}
	err = s.view(ctx, call, func(r reader) error {
		all, err := r.newest(name, compatible{text(in.CompatibleRuntime), text(in.CompatibleArchitecture)})
		for _, v := range all {
			if rng.After != "" && state.VersionID(v.Version) >= rng.After {
				continue
			}
			if len(out.LayerVersions) == rng.Limit {
				last := out.LayerVersions[rng.Limit-1]
				out.NextMarker = nextMarker(state.VersionID(int(*last.Version)))
				break
			}
			out.LayerVersions = append(out.LayerVersions, layerItem(call.Tenant, v))
		}
		return err
	})
	return &out, err
}

// ListLayers lists the layers that have a version that fits, with the newest of these.
func (s *Service) ListLayers(ctx context.Context, call *wire.Call, in *gen.ListLayersInput) (*gen.ListLayersOutput, error) {
	rng, err := page(in.MaxItems, in.Marker)
	if err != nil {
		return nil, err
	}
	fit := compatible{text(in.CompatibleRuntime), text(in.CompatibleArchitecture)}
	out := gen.ListLayersOutput{Layers: []gen.LayersListItem{}}
	err = s.view(ctx, call, func(r reader) error {
		all, err := state.Layers().List(r, store.Range{Tenant: r.tenant.String(), After: rng.After})
		for _, item := range all.Items {
			versions, err := r.newest(item.ID, fit)
			if err != nil {
				return err
			}
			if len(versions) == 0 {
				continue
			}
			if len(out.Layers) == rng.Limit {
				out.NextMarker = nextMarker(*out.Layers[rng.Limit-1].LayerName)
				break
			}
			out.Layers = append(out.Layers, gen.LayersListItem{
				LatestMatchingVersion: new(layerItem(call.Tenant, versions[0])),
				LayerArn:              new(gateway.LayerARN(call.Tenant, item.ID)), LayerName: &item.ID,
			})
		}
		return err
	})
	return &out, err
}

// DeleteLayerVersion removes a version; functions that have it keep it. One that is not there is no error.
func (s *Service) DeleteLayerVersion(ctx context.Context, call *wire.Call, in *gen.DeleteLayerVersionInput) (*gen.DeleteLayerVersionOutput, error) {
	at, err := layerAt(call, in.LayerName, in.VersionNumber)
	if err != nil {
		return nil, err
	}
	err = s.update(ctx, call, func(w writer) error {
		return orNotFound(state.LayerVersions().Delete(w.tx, w.key(at.name, state.VersionID(at.version))), nil)
	})
	return &gen.DeleteLayerVersionOutput{}, err
}

func layerItem(tenant gateway.Tenant, v gateway.LayerVersion) gen.LayerVersionsListItem {
	return gen.LayerVersionsListItem{
		CompatibleArchitectures: as[gen.Architecture](v.Architectures), CompatibleRuntimes: as[gen.Runtime](v.Runtimes),
		CreatedDate: stamp(v.CreatedAt), Description: &v.Description, LicenseInfo: optional[string](v.License),
		LayerVersionArn: new(gateway.LayerVersionARN(tenant, v.Name, v.Version)), Version: new(int64(v.Version)),
	}
}

func (s *Service) layerOutput(call *wire.Call, v gateway.LayerVersion) gen.GetLayerVersionResponse {
	item := layerItem(call.Tenant, v)
	return gen.GetLayerVersionResponse{
		CompatibleArchitectures: item.CompatibleArchitectures, CompatibleRuntimes: item.CompatibleRuntimes,
		Content: &gen.LayerVersionContentOutput{
			CodeSha256: &v.Code.SHA256, CodeSize: &v.Code.Size, Location: new(s.link(call, v.Code)),
		},
		CreatedDate: item.CreatedDate, Description: item.Description, LicenseInfo: item.LicenseInfo,
		LayerArn: new(gateway.LayerARN(call.Tenant, v.Name)), LayerVersionArn: item.LayerVersionArn, Version: item.Version,
	}
}
