package apigateway

import (
	"context"

	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// sdkTypes are AWS's (https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-generate-sdk-cli.html).
func sdkTypes() []gen.SdkType {
	property := func(name, friendly, description string, required bool) gen.SdkConfigurationProperty {
		return gen.SdkConfigurationProperty{Name: &name, FriendlyName: &friendly, Description: &description, Required: &required}
	}
	sdk := func(id, friendly string, properties ...gen.SdkConfigurationProperty) gen.SdkType {
		return gen.SdkType{Id: &id, FriendlyName: &friendly, Description: new("A client of the API for " + friendly), ConfigurationProperties: properties}
	}
	prefix := property("classPrefix", "Prefix", "What the names of classes begin with", true)
	return []gen.SdkType{
		sdk("java", "Java SDK",
			property("service.name", "Service Name", "The name of the client", true),
			property("java.package-name", "Java Package Name", "The package of the client", true),
			property("java.build-system", "Java Build System", "maven or gradle", false),
			property("java.group-id", "Java Group Id", "The group of the artifact", false),
			property("java.artifact-id", "Java Artifact Id", "The name of the artifact", false),
			property("java.artifact-version", "Java Artifact Version", "The version of the artifact", false),
		),
		sdk("javascript", "JavaScript"),
		sdk("android", "Android",
			property("groupId", "Group ID", "The group of the artifact", true),
			property("invokerPackage", "Invoker Package", "The package of the client", true),
			property("artifactId", "Artifact ID", "The name of the artifact", true),
			property("artifactVersion", "Artifact Version", "The version of the artifact", true),
		),
		sdk("objectivec", "iOS (Objective-C)", prefix),
		sdk("swift", "iOS (Swift)", prefix),
		sdk("ruby", "Ruby", property("service.name", "Service Name", "The name of the client", true)),
	}
}

// GetSdkTypes lists the kinds of clients that AWS makes.
func (s *Service) GetSdkTypes(context.Context, *wire.Call, *gen.GetSdkTypesInput) (*gen.GetSdkTypesOutput, error) {
	return &gen.GetSdkTypesOutput{Items: sdkTypes()}, nil
}

// GetSdkType returns a kind of client.
func (s *Service) GetSdkType(_ context.Context, _ *wire.Call, in *gen.GetSdkTypeInput) (*gen.SdkType, error) {
	for _, sdk := range sdkTypes() {
		if *sdk.Id == in.Id {
			return &sdk, nil
		}
	}
	return nil, noSDKType(in.Id)
}

func noSDKType(id string) error { return notFound("Invalid SDK type specified: %s", id) }
