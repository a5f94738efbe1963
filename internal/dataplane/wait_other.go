//go:build !unix

package dataplane

type waiter struct{ in *input }

// wait reads the first bytes of a call.
func (c *conn) wait() error {
	_, err := c.in.fill()
	return err
}
