package main

import (
	"reflect"
	"strings"
	"testing"

	"github.com/amassable/greybook/ingest"
)

// The help of `greybook sources show` names every key that a profile may have.
func TestProfileKeysAreExplained(t *testing.T) {
	var keys func(reflect.Type)
	keys = func(of reflect.Type) {
		for of.Kind() == reflect.Slice || of.Kind() == reflect.Pointer || of.Kind() == reflect.Map {
			of = of.Elem()
		}
		if of.Kind() != reflect.Struct {
			return
		}
		for f := range of.Fields() {
			if name := f.Tag.Get("toml"); name != "" {
				if !strings.Contains(profileKeys, name) {
					t.Errorf("%s is not explained", name)
				}
				keys(f.Type)
			}
		}
	}
	keys(reflect.TypeFor[ingest.Profile]())
}
