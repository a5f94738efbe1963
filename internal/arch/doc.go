// Package arch holds no code but tests: they read the whole tree and hold it to the rules that a reader counts on. What
// a package may import, how long files and functions may get, that documents name only what exists. A failure says what
// to do about it.
//
// Its tests may import config, to compare it with what is written about it.
package arch
