//go:build unix

package data

import (
	"fmt"
	"io"
	"os"
	"syscall"
)

// lockedByWriter asks whether another process holds the lock that the engine takes to
// write, and takes none itself.
func lockedByWriter(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	lock := syscall.Flock_t{Type: syscall.F_RDLCK, Whence: io.SeekStart}
	if err := syscall.FcntlFlock(f.Fd(), syscall.F_GETLK, &lock); err != nil {
		return fmt.Errorf("ask for the lock of %s: %w", path, err)
	}
	if lock.Type == syscall.F_UNLCK {
		return nil
	}
	return &LockedError{Path: path, PID: int(lock.Pid)}
}

func inode(info os.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Ino)
	}
	return 0
}
