package main

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// interrupts is what Ctrl-C means at the moment: the end of the run, or something smaller
// while a command that goes on afterwards says so.
type interrupts struct {
	mu      sync.Mutex
	handler func()
}

// watch cancels the context it returns on Ctrl-C and on SIGTERM. Once the first is being
// answered, a second one kills the program.
func (i *interrupts) watch(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		for sig := range signals {
			if sig == os.Interrupt && i.handled() {
				continue
			}
			signal.Stop(signals)
			cancel()
			return
		}
	}()
	return ctx
}

// handled lets the handler answer, if there is one.
func (i *interrupts) handled() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.handler != nil {
		i.handler()
	}
	return i.handler != nil
}

// Handle makes f the answer to Ctrl-C until restore is called. f must return at once.
func (i *interrupts) Handle(f func()) (restore func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	before := i.handler
	i.handler = f
	return func() {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.handler = before
	}
}

// HandleHangUp makes f the answer to SIGHUP until restore is called; before and after, it
// ends the program, as the system has it. f must return at once.
func (i *interrupts) HandleHangUp(f func()) (restore func()) {
	signals := make(chan os.Signal, 1) // two that come together are one
	signal.Notify(signals, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-signals:
				f()
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
	}
}
