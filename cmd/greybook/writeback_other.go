//go:build !linux

package main

import "os"

// startWriteback is no hint here.
func startWriteback(*os.File, int64, int64) {}
