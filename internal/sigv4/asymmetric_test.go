package sigv4

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"testing"
)

// TestAsymmetricSuite takes requests and signatures from AWS's test suite of Signature Version 4A (awslabs/aws-c-auth,
// tests/aws-signing-test-suite/v4a). Its paths are signed as sent and so need one escaping.
func TestAsymmetricSuite(t *testing.T) {
	type header = [2]string
	const formHash = "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e"
	for _, test := range []struct {
		name, method, path, query, hash string
		headers                         []header
	}{
		{"get-vanilla", "GET", "/", "", emptySHA256, []header{{"X-Amz-Date", "20150830T123600Z"}, {"X-Amz-Region-Set", "us-east-1"}, {"Authorization", "AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20150830/service/aws4_request, SignedHeaders=host;x-amz-date;x-amz-region-set, Signature=3046022100fddaaf816a31e30d04973875b13bc27b98da10907a3a1872fd5819a221334abc022100de2ee81d83b54f31efc82834de07e6cd4d5c6f25bfa08e0f29a15bb0977c343e"}}},
		{"get-vanilla, query", "GET", "/", "X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fservice%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host&X-Amz-Expires=3600&X-Amz-Region-Set=us-east-1&X-Amz-Signature=3045022100a28466db6c76223d5aa6ed436a8451b30e21ba0a076e7f2f943dd1f3d2816249022049e4b3746929cd2a2cb7b7984dbe0f5d40a300e7d9a7a7f1307c196b6f96b61a", emptySHA256, nil},
		{"get-vanilla-with-session-token", "GET", "/", "", emptySHA256, []header{{"X-Amz-Security-Token", "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267"}, {"X-Amz-Date", "20150830T123600Z"}, {"X-Amz-Region-Set", "us-east-1"}, {"Authorization", "AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20150830/service/aws4_request, SignedHeaders=host;x-amz-date;x-amz-region-set;x-amz-security-token, Signature=30450221008f4516c8850ed9eb29502658d1f0e0f6cabc11a44963c558efd1dd8e9fb084a0022032e47df89ad1a5b4e2b82d3a68dbe31d6ef8e1ea8c3815b2097538c4695d184e"}}},
		{"get-vanilla-with-session-token, query", "GET", "/", "X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fservice%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host&X-Amz-Expires=3600&X-Amz-Security-Token=6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267&X-Amz-Region-Set=us-east-1&X-Amz-Signature=304502207cdbb61908b9d4cf6c84e03ff7dac10a9a4637784d335a7d8bf1d1a6931bc3ba022100ee78b054e5441b71ab155632174df6b68bdaa00eabf939bf0c7299e1367e02a4", emptySHA256, nil},
		{"get-vanilla-query-order-encoded", "GET", "/", "Param-3=Value3&Param=Value2&%E1%88%B4=Value1", emptySHA256, []header{{"X-Amz-Date", "20150830T123600Z"}, {"X-Amz-Region-Set", "us-east-1"}, {"Authorization", "AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20150830/service/aws4_request, SignedHeaders=host;x-amz-date;x-amz-region-set, Signature=3045022100cef3137947f52af13fe5591d4ddcff0260176e7b2a668b43ac8f0cba2e489fe502203b4fe53c9fe3e8925643fe0e4c3ec0b3ea6262917bf7300d2e2abb399078e6de"}}},
		{"get-vanilla-query-order-encoded, query", "GET", "/", "Param-3=Value3&Param=Value2&%E1%88%B4=Value1&X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fservice%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host&X-Amz-Expires=3600&X-Amz-Region-Set=us-east-1&X-Amz-Signature=3046022100a1244805f7fd13f1c5f4824fe85052857f2c5b6820829562e3853715966a4f7102210091a4e9e79fd79fc7d4d580061730822d3228d15d584b7c5c16a4c490690740c5", emptySHA256, nil},
		{"get-vanilla-query-unreserved", "GET", "/", "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", emptySHA256, []header{{"X-Amz-Date", "20150830T123600Z"}, {"X-Amz-Region-Set", "us-east-1"}, {"Authorization", "AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20150830/service/aws4_request, SignedHeaders=host;x-amz-date;x-amz-region-set, Signature=30450220023b0ce37b4e3f7fe6b6e155dab72846b461d22ff4820f019a07afef476f61ee022100f985e993037270cc48ac905b360046d077770a2b28aa829ea909430b1b3ed8aa"}}},
		{"get-utf8", "GET", "/ሴ", "", emptySHA256, []header{{"X-Amz-Date", "20150830T123600Z"}, {"X-Amz-Region-Set", "us-east-1"}, {"Authorization", "AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20150830/service/aws4_request, SignedHeaders=host;x-amz-date;x-amz-region-set, Signature=304502210082c462efc22f340d7d20b19e0c9b38400e9395bedd9269e01e959ef915ca2846022050d38df1572786ef8befe01d888335c15b0f17fb1d795858fa3cb79e060ba375"}}},
		{"get-space-normalized", "GET", "/example space/", "", emptySHA256, []header{{"X-Amz-Date", "20150830T123600Z"}, {"X-Amz-Region-Set", "us-east-1"}, {"Authorization", "AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20150830/service/aws4_request, SignedHeaders=host;x-amz-date;x-amz-region-set, Signature=3046022100e8e0ec99a8d287073e078543fdbdeba108cdef097a52c7556874076072350200022100e59d9e0f48209bea00faa47d485d850eb72747db83927a2a43b5ebab5ca2b545"}}},
		{"get-relative-relative-normalized", "GET", "/example1/example2/../..", "", emptySHA256, []header{{"X-Amz-Date", "20150830T123600Z"}, {"X-Amz-Region-Set", "us-east-1"}, {"Authorization", "AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20150830/service/aws4_request, SignedHeaders=host;x-amz-date;x-amz-region-set, Signature=304402203edb747d59fe32db47529b2e5e02c9276759b7c43ad9e36ff62d52b8dbeb00e3022007f99e8601938b893fe6dcbac9259fec2f3797b0e3d74fd66d59b09e83b8c1d4"}}},
		{"get-slashes-unnormalized", "GET", "//example//", "", emptySHA256, []header{{"X-Amz-Date", "20150830T123600Z"}, {"X-Amz-Region-Set", "us-east-1"}, {"Authorization", "AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20150830/service/aws4_request, SignedHeaders=host;x-amz-date;x-amz-region-set, Signature=304502202450e5abfccb424d5a0e2d5d1a084e76abc5290ae567a97f5174bfed575fd519022100a5e743040a2bdd3cd7889070e1d190d5782e7591a715370f9bea04dc2702dbab"}}},
		{"get-header-value-trim", "GET", "/", "", emptySHA256, []header{{"My-Header1", " value1"}, {"My-Header2", ` "a   b   c"`}, {"X-Amz-Date", "20150830T123600Z"}, {"X-Amz-Region-Set", "us-east-1"}, {"Authorization", "AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20150830/service/aws4_request, SignedHeaders=host;my-header1;my-header2;x-amz-date;x-amz-region-set, Signature=3046022100ce72c874a80cea45e3c5b7cbe76178f8577870e1f97ee1730f57cff45c3d398b022100e4ea7b870335abab5ca57fa740d20b3c5aba2739cf96dd7fa671fc11cf6c3341"}}},
		{"get-header-key-duplicate", "GET", "/", "", emptySHA256, []header{{"My-Header1", "value2"}, {"My-Header1", "value2"}, {"My-Header1", "value1"}, {"X-Amz-Date", "20150830T123600Z"}, {"X-Amz-Region-Set", "us-east-1"}, {"Authorization", "AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20150830/service/aws4_request, SignedHeaders=host;my-header1;x-amz-date;x-amz-region-set, Signature=30450220331da6dfebb0d19e5e161b1efa389ccb83cadb60bc71f6791ef71ac6054c44de0221008588b7d5c9f7a79ca9c02a02efbd0f540cda242a64ca1452aa914e050b517724"}}},
		{"post-header-value-case", "POST", "/", "", emptySHA256, []header{{"My-Header1", "VALUE1"}, {"X-Amz-Date", "20150830T123600Z"}, {"X-Amz-Region-Set", "us-east-1"}, {"Authorization", "AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20150830/service/aws4_request, SignedHeaders=host;my-header1;x-amz-date;x-amz-region-set, Signature=3045022100c72dd4d54c45d3eb30858c6227e9512f41b7379b7c685e39e0cd39a793d7ee3102205c900d330270e31d2f7b5138fb3d791b6743f6f3b9ffbc34a4adcc8307591b11"}}},
		{"post-x-www-form-urlencoded", "POST", "/", "", formHash, []header{{"Content-Type", "application/x-www-form-urlencoded"}, {"Content-Length", "13"}, {"X-Amz-Date", "20150830T123600Z"}, {"X-Amz-Region-Set", "us-east-1"}, {"x-amz-content-sha256", "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e"}, {"Authorization", "AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20150830/service/aws4_request, SignedHeaders=content-length;content-type;host;x-amz-content-sha256;x-amz-date;x-amz-region-set, Signature=3045022100955bbc0f0b9d4284719808642167f7d5ea4a72f8c296b75b442898c8b81cd7e502202425fb97620fa9a20344d22b248dd00db07524fc39b5ad77533e00b277331241"}}},
		{"post-x-www-form-urlencoded, query", "POST", "/", "X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fservice%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost&X-Amz-Expires=3600&X-Amz-Region-Set=us-east-1&X-Amz-Signature=30450221008d8a6aa0bc3f651e6c14c52e9e24dbca58964641c9cb6e55169f9dc74766ae3d022016126756ce1523ac972f66f6bf6e981f44572d3c8916f1f43d428fb2caa0e1ea", formHash, []header{{"Content-Type", "application/x-www-form-urlencoded"}, {"Content-Length", "13"}}},
	} {
		token := ""
		if strings.Contains(test.name, "session-token") {
			token = suiteToken
		}
		r := Request{
			Method: test.method, Path: test.path, RawQuery: test.query, Host: "example.amazonaws.com",
			Header: list(test.headers...), PayloadHash: test.hash, Region: "us-east-1", Service: "service",
		}
		got, err := suiteVerifier(t, token).VerifyRequest(r)
		if err != nil || got.Region != "us-east-1" || got.Service != "service" || got.Date != "20150830" || got.Presigned != strings.HasSuffix(test.name, "query") {
			t.Errorf("%s: %+v, %v", test.name, got, err)
		}
		for what, change := range map[string]func(*Request){
			"method":  func(r *Request) { r.Method = "PUT" },
			"path":    func(r *Request) { r.Path += "x" },
			"query":   func(r *Request) { r.RawQuery += "&x=y" },
			"payload": func(r *Request) { r.PayloadHash = strings.Repeat("0", 64) },
			"host":    func(r *Request) { r.Host = "example.com" },
		} {
			other := r
			change(&other)
			if _, err := suiteVerifier(t, token).VerifyRequest(other); kindOf(t, err) != InvalidSignature {
				t.Errorf("%s with another %s: %v", test.name, what, err)
			}
		}
	}
}

// TestDeriveKeyPair: the suite's public-key.json, and the pair that the SDK for Go's internal/v4a tests by.
func TestDeriveKeyPair(t *testing.T) {
	for _, c := range []struct{ id, secret, x, y string }{
		{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
			"b6618f6a65740a99e650b33b6b4b5bd0d43b176d721a3edfea7e7d2d56d936b1", "865ed22a7eadc9c5cb9d2cbaca1b3699139fedc5043dc6661864218330c8e518"},
		{"AKISORANDOMAASORANDOM", "q+jcrXGc+0zWN6uzclKVhvMmUsIfRPa4rlRandom",
			"15D242CEEBF8D8169FD6A8B5A746C41140414C3B07579038DA06AF89190FFFCB", "515242CEDD82E94799482E4C0514B505AFCCF2C0C98D6A553BF539F424C5EC0"},
	} {
		pair, err := deriveKeyPair(c.id, c.secret)
		if err != nil {
			t.Fatal(err)
		}
		point, err := pair.PublicKey.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		x, _ := new(big.Int).SetString(c.x, 16)
		y, _ := new(big.Int).SetString(c.y, 16)
		if got, want := hex.EncodeToString(point), fmt.Sprintf("04%064x%064x", x, y); got != want {
			t.Errorf("%s: %s, want %s", c.id, got, want)
		}
	}
}

// asymmetricCall is signed as the fields say, with the suite's key.
func asymmetricCall(t testing.TB, credential, signedHeaders string, headers ...[2]string) Request {
	t.Helper()
	r := Request{Method: "GET", Path: "/", Host: "example.amazonaws.com", PayloadHash: emptySHA256, Region: "us-east-1", Service: "service"}
	headers = append(headers, [2]string{"X-Amz-Date", "20150830T123600Z"})
	r.Header = list(headers...)
	s := signature{claim: claim{algorithm: asymmetric, signedHeaders: strings.Split(signedHeaders, ";")}, at: suiteTime, payload: emptySHA256}
	var err error
	if s.scope, err = parseScope(credential, asymmetric); err != nil {
		s.scope = scope{asymmetric: true}
	}
	block, err := canonicalHeaders(&r, s.claim.signedHeaders)
	if err != nil {
		block = "" // it is refused before
	}
	_, toSign := s.texts(&r, block, form{path: "/"})
	pair, err := deriveKeyPair("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(toSign))
	der, err := ecdsa.SignASN1(rand.Reader, pair, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	r.Header = list(append(headers, [2]string{"Authorization",
		asymmetric + " Credential=" + credential + ", SignedHeaders=" + signedHeaders + ", Signature=" + hex.EncodeToString(der)})...)
	return r
}

func TestAsymmetricRegions(t *testing.T) {
	const credential, signed = "AKIDEXAMPLE/20150830/service/aws4_request", "host;x-amz-date;x-amz-region-set"
	set := func(regions string) [2]string { return [2]string{"X-Amz-Region-Set", regions} }
	const scoped = "Credential should be scoped to a valid region. "
	for _, c := range []struct {
		name string
		r    Request
		want string
	}{
		{"the region", asymmetricCall(t, credential, signed, set("us-east-1")), ""},
		{"one of several", asymmetricCall(t, credential, signed, set("eu-west-1, us-east-1")), ""},
		{"all", asymmetricCall(t, credential, signed, set("*")), ""},
		{"all of a kind", asymmetricCall(t, credential, signed, set("us-*")), ""},
		{"another", asymmetricCall(t, credential, signed, set("eu-*,us-east-2")), scoped},
		{"a part of a name", asymmetricCall(t, credential, signed, set("us-east")), scoped},
		{"none", asymmetricCall(t, credential, "host;x-amz-date"), scoped},
		{"not signed", asymmetricCall(t, credential, "host;x-amz-date", set("*")), "There were headers present in the request which were not signed"},
		{"with a region in the scope", asymmetricCall(t, "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request", signed, set("*")),
			"Credential must have exactly 4 slash-delimited elements, e.g. keyid/date/service/term, got 'AKIDEXAMPLE/20150830/us-east-1/service/aws4_request'"},
		{"another key", asymmetricCall(t, "AKIDOTHER/20150830/service/aws4_request", signed, set("*")), "The security token included in the request is invalid."},
		{"another service", asymmetricCall(t, "AKIDEXAMPLE/20150830/other/aws4_request", signed, set("*")), "Credential should be scoped to correct service: 'service'. "},
	} {
		if _, err := suiteVerifier(t, "").VerifyRequest(c.r); messageOf(err) != c.want || (err == nil) != (c.want == "") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	r := asymmetricCall(t, credential, signed, set("*"))
	r.Region = ""
	if _, err := suiteVerifier(t, "").VerifyRequest(r); kindOf(t, err) != Incomplete {
		t.Errorf("whoever knows no region takes one: %v", err)
	}
}
