//go:build linux || darwin

package reports

import (
	"os"

	"golang.org/x/sys/unix"
)

// lockFolder waits until no other run holds the folder, and holds it until
// unlock is called or the process ends, however it ends. Nothing is left on disk.
func lockFolder(path string) (unlock func(), err error) {
	d, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	for {
		err = unix.Flock(int(d.Fd()), unix.LOCK_EX)
		if err != unix.EINTR {
			break
		}
	}
	if err != nil {
		d.Close()
		return nil, &os.PathError{Op: "lock", Path: path, Err: err}
	}
	return func() { d.Close() }, nil
}

// syncFolder has the disk keep the names in a folder.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
