package apigateway

import "github.com/dipylon/dipylon/internal/control/apigateway/patch"

// patches are the tables of all Update operations that are built, for the test that holds them to AWS's reference.
func patches() map[string][]patch.Spec {
	return map[string][]patch.Spec{
		"UpdateRestApi":              restAPIPatches().Specs(),
		"UpdateResource":             resourcePatches().Specs(),
		"UpdateMethod":               methodPatches().Specs(),
		"UpdateMethodResponse":       methodResponsePatches().Specs(),
		"UpdateIntegration":          integrationPatches().Specs(),
		"UpdateIntegrationResponse":  integrationResponsePatches().Specs(),
		"UpdateModel":                modelPatches().Specs(),
		"UpdateRequestValidator":     validatorPatches().Specs(),
		"UpdateAuthorizer":           authorizerPatches().Specs(),
		"UpdateGatewayResponse":      gatewayResponsePatches().Specs(),
		"UpdateDeployment":           deploymentPatches().Specs(),
		"UpdateStage":                stagePatches().Specs(),
		"UpdateApiKey":               apiKeyPatches().Specs(),
		"UpdateUsagePlan":            planPatches().Specs(),
		"UpdateUsage":                usagePatches().Specs(),
		"UpdateAccount":              accountPatches().Specs(),
		"UpdateClientCertificate":    certificatePatches().Specs(),
		"UpdateVpcLink":              vpcLinkPatches().Specs(),
		"UpdateDocumentationPart":    partPatches().Specs(),
		"UpdateDocumentationVersion": versionPatches().Specs(),
		"UpdateDomainName":           domainPatches().Specs(),
		"UpdateBasePathMapping":      mappingPatches().Specs(),
	}
}
