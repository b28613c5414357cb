//go:build linux || darwin

package main

import "syscall"

// freeDisk returns how many bytes a user may still write to the file system of a folder.
func freeDisk(folder string) (int64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(folder, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}
