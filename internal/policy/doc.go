// Package policy reads AWS policy documents and decides calls by them: the identity policies of AWS_IAM routes, the
// resource policies of REST APIs, the documents that Lambda authorizers return, and the permissions of Lambda functions.
//
// [Compile] reads a document once, strictly, and says where it is wrong; [Policy.Evaluate] and [EvaluateAll] decide calls
// by it without reading anything again and, when the context does not allocate, without allocating. [SameAccount] and
// [CrossAccount] join the decisions of two kinds of policies.
//
// The language is the IAM user guide's: reference_policies_grammar, reference_policies_elements_condition_operators,
// reference_policies_multi-value-conditions, reference_policies_variables and reference_policies_evaluation-logic. What
// those leave open is decided so that less is allowed; it is said where it is decided.
//
// The package stands below the data plane's authorization step and the control plane. It may use the standard library
// only.
package policy
