//go:build !linux && !darwin

package data

import (
	"context"
	"io"
)

// SelectParquet is no way here, for want of named pipes.
func (s *Session) SelectParquet(context.Context, io.Writer, string, SelectOptions) (rows int64, done bool, err error) {
	return 0, false, nil
}
