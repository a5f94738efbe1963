package authorize

import (
	"net/netip"
	"slices"

	"github.com/dipylon/dipylon/internal/exchange"
)

// Network is a range of clients' addresses whose calls of private APIs count as coming through a VPC endpoint.
type Network struct {
	Prefix        netip.Prefix
	Endpoint, VPC string
}

// Networks are ranges of which the narrowest counts. The nil ones hold nothing.
type Networks struct{ ranges []Network }

// NewNetworks returns those ranges, or nil if there are none.
func NewNetworks(ranges []Network) *Networks {
	if len(ranges) == 0 {
		return nil
	}
	sorted := slices.SortedStableFunc(slices.Values(ranges), func(a, b Network) int { return b.Prefix.Bits() - a.Prefix.Bits() })
	return &Networks{ranges: sorted}
}

// place says of a call what it came through.
func (n *Networks) place(x *exchange.Exchange) {
	if network := n.find(x.Request.Remote.Addr()); network != nil {
		x.Identity.VPCEndpoint, x.Identity.VPC = network.Endpoint, network.VPC
	}
}

// find returns the range that an address is in, or nil.
func (n *Networks) find(addr netip.Addr) *Network {
	if n == nil {
		return nil
	}
	addr = addr.Unmap().WithZone("")
	for i := range n.ranges {
		if n.ranges[i].Prefix.Contains(addr) {
			return &n.ranges[i]
		}
	}
	return nil
}
