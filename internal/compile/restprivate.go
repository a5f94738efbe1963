package compile

import (
	"crypto/tls"
	"errors"
	"fmt"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/step/integrate"
)

// addPrivate adds to the call of an HTTP back end what is not public about it: the way through a VPC link
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-private-integration.html) and the stage's client
// certificate.
func (c *restCompiler) addPrivate(cfg *integrate.RESTHTTPConfig) error {
	if certificate := c.rest.Certificate; certificate != nil {
		pair, err := tls.X509KeyPair([]byte(certificate.Certificate), []byte(certificate.PrivateKey))
		if err != nil {
			return fmt.Errorf("client certificate %s: %w", certificate.ID, err)
		}
		cfg.Certificate = &pair
	}
	if cfg.Integration.ConnectionType != gateway.ConnectionVPCLink {
		return nil
	}
	var err error
	cfg.Groups = c.world.Groups
	cfg.LoadBalancer, err = c.loadBalancer(&cfg.Integration)
	return err
}

var errLink = errors.New("there is no VPC link with this id")

// loadBalancer returns the ARN of what stands behind a VPC link: what the integration names, with a link of version 2, or
// the link's own target.
func (c *restCompiler) loadBalancer(in *gateway.RestIntegration) (string, error) {
	id, err := integrate.Interpolate(in.ConnectionID, c.rest.Stage.Variables)
	if err != nil {
		return "", err
	}
	if in.Target != "" {
		return in.Target, nil
	}
	link, ok := c.rest.Links[id]
	if !ok || len(link.TargetARNs) == 0 {
		return "", fmt.Errorf("connectionId %s: %w", id, errLink)
	}
	return link.TargetARNs[0], nil
}
