package sns

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/dipylon/dipylon/internal/sigv4"
)

// enqueue delivers a message to a queue by SQS's query protocol, which all servers of SQS speak.
func (c *Courier) enqueue(ctx context.Context, d *delivery, text []byte) error {
	parts := strings.Split(d.Endpoint, ":")
	const fields = 6
	if len(parts) != fields {
		return final{errors.New("the endpoint is no queue")}
	}
	region, account, name := parts[3], parts[4], parts[5]
	base := strings.TrimSuffix(c.opts.Queues.Endpoint, "/")
	if base == "" {
		base = "https://sqs." + region + ".amazonaws.com"
	}
	form := url.Values{"Action": {"SendMessage"}, "Version": {"2012-11-05"}, "MessageBody": {string(text)}}
	form.Set("QueueUrl", base+"/"+account+"/"+name)
	if d.Group != "" {
		form.Set("MessageGroupId", d.Group)
	}
	for i, key := range slices.Sorted(maps.Keys(d.Attributes)) {
		a := d.Attributes[key]
		prefix := "MessageAttribute." + strconv.Itoa(i+1) + "."
		form.Set(prefix+"Name", key)
		form.Set(prefix+"Value.DataType", a.Type)
		if strings.HasPrefix(a.Type, "Binary") {
			form.Set(prefix+"Value.BinaryValue", a.Value)
		} else {
			form.Set(prefix+"Value.StringValue", a.Value)
		}
	}
	body := form.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/"+account+"/"+name, strings.NewReader(body))
	if err != nil {
		return final{err}
	}
	if err := c.signRequest(r, body, region); err != nil {
		return final{err}
	}
	return c.call(r)
}

func (c *Courier) signRequest(r *http.Request, body, region string) error {
	keys, at := c.opts.Queues, c.opts.Now()
	sum := sha256.Sum256([]byte(body))
	header := map[string]string{
		"Content-Type": "application/x-www-form-urlencoded", "X-Amz-Date": sigv4.SigningTime(at), "X-Amz-Content-Sha256": hex.EncodeToString(sum[:]),
	}
	if keys.Token != "" {
		header["X-Amz-Security-Token"] = keys.Token
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	if keys.KeyID == "" {
		return nil // the server decides what it thinks of that
	}
	signer := sigv4.Signer{KeyID: keys.KeyID, Secret: keys.Secret, Service: "sqs", Region: region}
	authorization, err := signer.Sign(&sigv4.Request{
		Method: r.Method, Host: r.URL.Host, Path: r.URL.EscapedPath(), Header: maps.All(header), PayloadHash: header["X-Amz-Content-Sha256"],
	}, at)
	r.Header.Set("Authorization", authorization)
	return err
}
