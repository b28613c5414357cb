package data

import (
	"context"
	"database/sql/driver"
	"fmt"
	"os"
	"strings"
	"sync"
)

// SandboxOptions of opening a book for queries of a user's own. Memory is bounded
// by MemoryLimit, the disk by MaxTemp.
type SandboxOptions struct {
	Options
	TempDir string // where a private folder for what does not fit in memory is made; "": the system's
	MaxTemp string // most that goes there, such as "8GB"; "": the engine's default
}

// OpenSandbox opens a book for queries that a user wrote: nothing can be written,
// files, network and extensions are out of reach, and no setting can be changed.
// What the engine writes to the disk while it works is in a private folder, which
// Close removes. Errors as of OpenReadOnly.
//
// The engine itself lets through more than that sounds like: it counts the book
// and the folder among the files that may be read, and it has table functions
// that change it (enable_logging) or read memory (arrow_scan). Session.Select
// refuses those, so run what a user wrote by Select and nothing else.
//
// Note: no allowed_directories. They permit writing, too.
func OpenSandbox(ctx context.Context, path string, o SandboxOptions) (*Book, error) {
	if err := checkMagic(path); err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp(o.TempDir, "greybook-sql-*")
	if err != nil {
		return nil, fmt.Errorf("make a folder for queries: %w", err)
	}
	with := settings(o.Options, "READ_ONLY")
	with.Set("allow_persistent_secrets", "false")
	with.Set("temp_directory", temp)
	b, err := openWait(ctx, path, o.Wait, with, shut(o.MaxTemp))
	if err != nil {
		os.RemoveAll(temp)
		return nil, err
	}
	b.tempDir = temp
	if _, err := b.schemaVersion(ctx); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// shut returns what shuts the engine, on its first connection. The others find it
// shut: there the same statements would be refused. An engine that could not be
// shut gives no connection at all.
//
// They are statements, and not settings of the start, because the driver applies
// those in no order, and the engine refuses temp_directory once files are out of
// reach; and because a max_temp_directory_size of the start is shown, but not kept.
func shut(maxTemp string) connInit {
	statements := []string{
		"SET GLOBAL TimeZone = 'UTC'",
		"SET GLOBAL enable_external_access = false",
		"SET GLOBAL lock_configuration = true",
	}
	if maxTemp != "" {
		quoted := strings.ReplaceAll(maxTemp, "'", "''")
		statements = append([]string{"SET GLOBAL max_temp_directory_size = '" + quoted + "'"}, statements...)
	}
	var once sync.Once
	var err error
	return func(e driver.ExecerContext) error {
		once.Do(func() {
			for _, q := range statements {
				if _, err = e.ExecContext(context.Background(), q, nil); err != nil {
					return
				}
			}
		})
		return err
	}
}
