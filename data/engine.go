package data

import "context"

// EngineSettings are the settings of the engine that decide how fast it is and
// how much of the machine it takes.
type EngineSettings struct {
	Threads       string
	MemoryLimit   string
	TempDirectory string // where it puts what does not fit into memory
}

// EngineSettings returns the settings in force on the open book.
func (b *Book) EngineSettings(ctx context.Context) (EngineSettings, error) {
	var e EngineSettings
	err := b.db.QueryRowContext(ctx, `SELECT current_setting('threads')::VARCHAR, current_setting('memory_limit')::VARCHAR,
		current_setting('temp_directory')::VARCHAR`).Scan(&e.Threads, &e.MemoryLimit, &e.TempDirectory)
	return e, err
}

// SchemaVersion is the newest schema that this program knows.
func SchemaVersion() int { return len(migrations()) }
