package reports

import "sync"

// rowPipe does the costly part of writing rows on several processors: the goroutine
// that reads the rows goes on reading while others work, and one writes the results
// in the order in which the parts were sent. What is on its way is bounded.
//
// The zero rowPipe is not ready: see openRowPipe. send and finish belong to one
// goroutine.
type rowPipe[T any] struct {
	jobs   chan *rowJob[T]
	order  chan *rowJob[T] // the same jobs, for the writer
	failed chan struct{}   // closed when err is set
	err    error
	all    sync.WaitGroup
}

// rowJob is one part.
type rowJob[T any] struct {
	work   func() (T, error)
	result T
	err    error
	done   chan struct{}
}

// openRowPipe starts so many workers and the writer, which end with finish. Besides
// the part that is being written no more than workers are worked on or wait for it.
// drop gives back the result of a part that is not written any more, since one before
// it failed.
func openRowPipe[T any](workers int, write func(T) error, drop func(T)) *rowPipe[T] {
	p := &rowPipe[T]{
		jobs:   make(chan *rowJob[T], workers),
		order:  make(chan *rowJob[T], workers),
		failed: make(chan struct{}),
	}
	for range workers {
		p.all.Go(func() {
			for j := range p.jobs {
				j.result, j.err = j.work()
				close(j.done)
			}
		})
	}
	p.all.Go(func() {
		for j := range p.order {
			<-j.done
			switch {
			case j.err == nil && p.err == nil:
				j.err = write(j.result)
			case j.err == nil:
				drop(j.result)
			}
			if j.err != nil && p.err == nil {
				p.err = j.err
				close(p.failed)
			}
		}
	})
	return p
}

// send has work done. It waits while too much is on its way, and returns the first
// error of a part sent before; then work is not called.
func (p *rowPipe[T]) send(work func() (T, error)) error {
	j := &rowJob[T]{work: work, done: make(chan struct{})}
	select {
	case <-p.failed:
		return p.err
	default:
	}
	select {
	case p.order <- j: // as many as are in order fit into jobs, so the next never waits for a failed writer
	case <-p.failed:
		return p.err
	}
	p.jobs <- j
	return nil
}

// finish waits until all is written, and returns the first error.
func (p *rowPipe[T]) finish() error {
	close(p.jobs)
	close(p.order)
	p.all.Wait()
	return p.err
}
