package main

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
)

// bearerToken is a secret that clients have to show, kept as its hash.
type bearerToken [sha256.Size]byte

// readToken reads a token from a file, which nobody but its owner may be able to read. A
// link is judged by what it leads to.
func readToken(path string) (bearerToken, error) {
	f, err := os.Open(path)
	if err != nil {
		return bearerToken{}, cause(err)
	}
	defer f.Close()
	info, err := f.Stat() // of the open file: it can't be exchanged meanwhile
	if err != nil {
		return bearerToken{}, cause(err)
	}
	if !info.Mode().IsRegular() {
		return bearerToken{}, errors.New("it is no file")
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return bearerToken{}, withHint(fmt.Errorf("others can read or change it: its mode is %04o", mode), "chmod 600 %s", path)
	}
	const most = 4096
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return bearerToken{}, cause(err)
	}
	token := bytes.TrimSpace(b)
	switch {
	case len(b) > most:
		return bearerToken{}, fmt.Errorf("it is longer than %d bytes: that is no token", most)
	case len(token) == 0:
		return bearerToken{}, withHint(errors.New("it is empty"), "openssl rand -hex 32 > FILE makes a token")
	case bytes.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return bearerToken{}, errors.New("a token is one word of ASCII letters, digits and signs")
	}
	return sha256.Sum256(token), nil
}

// is reports whether a client's token is this one. The hashes are compared, in a time that
// depends on neither: how long it takes tells nothing about how much was right.
func (t bearerToken) is(token string) bool {
	sum := sha256.Sum256([]byte(token))
	return subtle.ConstantTimeCompare(sum[:], t[:]) == 1
}
