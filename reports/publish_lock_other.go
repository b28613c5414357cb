//go:build !linux && !darwin

package reports

// lockFolder does nothing here: two runs on one feed may get in each other's way,
// and the one that does fails with an error.
func lockFolder(string) (unlock func(), err error) { return func() {}, nil }

// syncFolder does nothing here: not every system can sync a folder.
func syncFolder(string) error { return nil }
