package config

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// VPCEndpoint stands for an interface endpoint of a virtual private cloud: by what clients it is used, since there is
// nothing else to tell it by. A flag gives VPC-ID@CIDR,CIDR.
type VPCEndpoint struct {
	VPC string `json:"vpc"`
	// Addresses are ranges such as 10.0.0.0/16.
	Addresses []netip.Prefix `json:"addresses"`
}

// UnmarshalText reads VPC-ID@CIDR,CIDR, or a JSON object with the names of the YAML file.
func (e *VPCEndpoint) UnmarshalText(text []byte) error {
	if strings.HasPrefix(string(text), "{") {
		return e.UnmarshalJSON(text)
	}
	vpc, ranges, ok := strings.Cut(string(text), "@")
	if !ok {
		return errors.New("want VPC-ID@CIDR,CIDR")
	}
	e.VPC, e.Addresses = vpc, nil
	for part := range strings.SplitSeq(ranges, ",") {
		prefix, err := netip.ParsePrefix(strings.TrimSpace(part))
		if err != nil {
			return err
		}
		e.Addresses = append(e.Addresses, prefix)
	}
	return nil
}

// UnmarshalJSON reads an object. It stands in front of UnmarshalText.
func (e *VPCEndpoint) UnmarshalJSON(text []byte) error {
	type object VPCEndpoint // without these methods
	return decode(text, (*object)(e))
}

// validateVPCEndpoints refuses a range that two endpoints claim: what a policy says of one of them must not depend on
// which is found first.
func (c *Config) validateVPCEndpoints() error {
	claimed := map[netip.Prefix]string{}
	for _, id := range slices.Sorted(maps.Keys(c.VPCEndpoints)) {
		e := c.VPCEndpoints[id]
		if !strings.HasPrefix(id, "vpce-") || !strings.HasPrefix(e.VPC, "vpc-") || len(e.Addresses) == 0 {
			return fmt.Errorf("--vpc-endpoints: %s: want a name vpce-..., a vpc vpc-... and addresses", id)
		}
		for i, prefix := range e.Addresses {
			if !prefix.IsValid() || prefix.Addr().Is4In6() {
				return fmt.Errorf("--vpc-endpoints: %s: %v is no range of addresses", id, prefix)
			}
			prefix = prefix.Masked()
			if other, taken := claimed[prefix]; taken && other != id {
				return fmt.Errorf("--vpc-endpoints: %s and %s have both %v", other, id, prefix)
			}
			claimed[prefix], e.Addresses[i] = id, prefix
		}
	}
	return nil
}
