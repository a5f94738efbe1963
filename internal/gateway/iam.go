package gateway

import "time"

// IAMRegion is the region of IAM's resources, which belong to an account and to no region.
const IAMRegion = "global"

// Role is an IAM role, as far as functions and integrations need one.
type Role struct {
	// ID is AWS's unique id, such as AROA...; Path begins and ends with a slash.
	ID, Name, Path, Description string
	// Trust says who may assume the role: a policy document as it was given.
	Trust string
	// MaxSession is the longest session.
	MaxSession time.Duration
	// Boundary is the ARN of the policy that bounds what the role may do; empty for none.
	Boundary string
	// Inline are the role's own policy documents by name; Attached the ARNs of managed policies in the order of attaching.
	Inline    map[string]string
	Attached  []string
	Tags      map[string]string
	CreatedAt time.Time
}

// ManagedPolicy is a customer-managed policy.
type ManagedPolicy struct {
	ID, Name, Path, Description string
	// Versions are those that exist, in the order of their making; Default is the id of the one that counts.
	Versions []PolicyVersion
	Default  string
	// LastVersion is the number of the newest version; numbers are never used again.
	LastVersion          int
	Tags                 map[string]string
	CreatedAt, UpdatedAt time.Time
}

// PolicyVersion is one document of a managed policy.
type PolicyVersion struct {
	// ID is v1, v2 and so on.
	ID, Document string
	CreatedAt    time.Time
}

// RoleARN returns the ARN of a role.
func RoleARN(account, path, name string) string {
	return "arn:aws:iam::" + account + ":role" + path + name
}

// PolicyARN returns the ARN of a customer-managed policy.
func PolicyARN(account, path, name string) string {
	return "arn:aws:iam::" + account + ":policy" + path + name
}
