package script

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1" // SignatureVersion 1
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// subscriber is an HTTP endpoint of topics. It confirms subscriptions and verifies signatures as AWS's documentation tells.
type subscriber struct {
	mu   sync.Mutex
	file string
}

// startSubscriber is the command "subscriber NAME": an endpoint at whose address NAME is set, and that writes what it gets to the file NAME,
// a line for each message: its type, whether the signature holds, and the message.
func startSubscriber(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg)
	if len(args) != 1 {
		ts.Fatalf("usage: subscriber NAME")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	s := &subscriber{file: ts.MkAbs(args[0])}
	server := &http.Server{ReadHeaderTimeout: longestWait, Handler: s}
	go func() { _ = server.Serve(l) }() // ends with the script
	ts.Defer(func() { _ = server.Close() })
	ts.Setenv(args[0], l.Addr().String())
}

// ServeHTTP takes a message.
func (s *subscriber) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	line := r.Header.Get("X-Amz-Sns-Message-Type") + " " + s.read(r, body)
	if err == nil {
		err = s.note(line)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (s *subscriber) note(line string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, err := os.OpenFile(s.file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, line)
	return errors.Join(err, f.Close())
}

func (s *subscriber) read(r *http.Request, body []byte) string {
	if r.Header.Get("X-Amz-Sns-Rawdelivery") != "" {
		return "raw " + string(body)
	}
	var m map[string]any
	if err := json.Unmarshal(body, &m); err != nil {
		return err.Error()
	}
	text := func(name string) string { value, _ := m[name].(string); return value }
	verdict := "signed"
	if err := verify(text, m); err != nil {
		verdict = err.Error()
	}
	if text("SubscribeURL") != "" {
		answer, err := fetch(text("SubscribeURL"))
		if err != nil {
			return verdict + " " + err.Error()
		}
		verdict += " " + strings.TrimSpace(string(answer))
	}
	return verdict + " " + text("Subject") + ": " + text("Message")
}

func fetch(url string) ([]byte, error) {
	answer, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	return io.ReadAll(answer.Body)
}

// verify follows https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html.
func verify(text func(string) string, m map[string]any) error {
	pemFile, err := fetch(text("SigningCertURL"))
	if err != nil {
		return err
	}
	block, _ := pem.Decode(pemFile)
	if block == nil {
		return fmt.Errorf("no certificate: %s", pemFile)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return err
	}
	var signed strings.Builder
	for _, name := range []string{"Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"} {
		if _, ok := m[name]; ok {
			signed.WriteString(name + "\n" + text(name) + "\n")
		}
	}
	signature, err := base64.StdEncoding.DecodeString(text("Signature"))
	if err != nil {
		return err
	}
	key, ok := certificate.PublicKey.(*rsa.PublicKey)
	if !ok {
		return errors.New("not RSA's key")
	}
	sum := sha1.Sum([]byte(signed.String()))
	return rsa.VerifyPKCS1v15(key, crypto.SHA1, sum[:], signature)
}
