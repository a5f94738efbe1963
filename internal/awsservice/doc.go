// Package awsservice turns a call into a signed request of an AWS service: the first-class integrations of HTTP APIs
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services.html). It
// holds the integration subtypes as a table, says what is wrong with a definition in AWS's words, and is compiled once
// for each integration: a call then evaluates expressions, appends bytes and signs them.
//
// For REST APIs, whose integrations make requests of their own, it says where an [Address] is and signs ([Service]).
//
// It stands under the step that sends the request (internal/step/integrate) and under the control plane, which asks
// [Validate]. It may import exchange and sigv4.
//
// Values never become syntax: each is evaluated on its own and then escaped for the place where it goes, and none of them
// decides which host is called.
package awsservice
