package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// bare answers at the paths of some URLs what they answer now, and does nothing else: the
// least that a handler of net/http has to do. It prints its own URL, and goes on until ctx
// ends: `bench bare URL…`.
func bare(ctx context.Context, urls []string, stdout io.Writer) error {
	bodies := map[string][]byte{}
	for _, u := range urls {
		at, err := url.Parse(u)
		if err != nil {
			return err
		}
		r, err := http.Get(u)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil || r.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %s %v", u, r.Status, err)
		}
		bodies[at.Path] = body
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "http://%s\n", l.Addr())
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := bodies[r.URL.Path]
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.Write(body)
	})}
	go func() {
		<-ctx.Done()
		s.Close()
	}()
	if err := s.Serve(l); err != http.ErrServerClosed {
		return err
	}
	return nil
}

// checkResult is what a client that looks closely was told.
type checkResult struct {
	answers, changes int
	seen             map[string][sha256.Size]byte // of the whole list, by generation
	err              error
}

// checkAnswers asks for the whole list again and again, until ctx ends, and looks whether
// each answer is of one generation: header, object and every row; and whether a generation
// always says the same.
func checkAnswers(ctx context.Context, service string) (c checkResult) {
	c.seen = map[string][sha256.Size]byte{}
	last := ""
	for ctx.Err() == nil {
		generation, err := c.check(service)
		if err != nil {
			c.err = err
			return c
		}
		if last != "" && generation != last {
			c.changes++
		}
		last = generation
		c.answers++
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
	return c
}

func (c *checkResult) check(service string) (generation string, err error) {
	r, err := http.Get(service + "/v1/estimates?limit=1000")
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		return "", fmt.Errorf("an answer with %s: %v", r.Status, err)
	}
	var list struct {
		AsOf       string `json:"as_of"`
		Generation string `json:"generation"`
		Count      int    `json:"count"`
		Total      int    `json:"total"`
		Estimates  []struct {
			AsOf string `json:"as_of"`
		} `json:"estimates"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return "", err
	}
	if list.Generation != r.Header.Get("Greybook-Generation") || list.AsOf != r.Header.Get("Greybook-As-Of") || list.Count != len(list.Estimates) || list.Count != min(1000, list.Total) {
		return "", fmt.Errorf("an answer of two minds: %s as of %s in the header, %s as of %s in the body, %d rows of %d",
			r.Header.Get("Greybook-Generation"), r.Header.Get("Greybook-As-Of"), list.Generation, list.AsOf, len(list.Estimates), list.Count)
	}
	for _, e := range list.Estimates {
		if e.AsOf != list.AsOf {
			return "", fmt.Errorf("a row as of %s in a list as of %s", e.AsOf, list.AsOf)
		}
	}
	sum := sha256.Sum256(body)
	if before, known := c.seen[list.Generation]; known && before != sum {
		return "", fmt.Errorf("generation %s says two things", list.Generation)
	}
	c.seen[list.Generation] = sum
	return list.Generation, nil
}
