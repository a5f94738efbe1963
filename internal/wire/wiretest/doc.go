// Package wiretest holds no code but tests: they prove the codecs of package wire by running AWS's own clients against
// generated services. The packages under gen are generated for these tests and served by nothing.
package wiretest
