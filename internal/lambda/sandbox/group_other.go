//go:build !linux

package sandbox

// groups and group stand for control groups, which there are none of here.
type (
	groups struct{}
	group  struct{}
)

func findGroups(string) *groups { return nil }

func removeGroups(string) error { return nil }

func (*groups) path() string { return "" }

func (*groups) add(int) *group { return nil }

func (*groups) remove() {}

func (*group) enter(int) bool { return false }

func (*group) peak() int64 { return 0 }

func (*group) outOfMemory() bool { return false }

func (*group) kill() {}

func (*group) remove() {}
