package document

import "strings"

// Variables replaces the variables that AWS resolves on import (developer guide, "AWS variables for OpenAPI import").
func Variables(account, region string) *strings.Replacer {
	partition := "aws"
	switch {
	case strings.HasPrefix(region, "cn-"):
		partition = "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		partition = "aws-us-gov"
	}
	return strings.NewReplacer(
		"${AWS::AccountId}", account, "${AWS::Region}", region, "${AWS::Partition}", partition)
}
