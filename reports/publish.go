package reports

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// publication is a kind of folder that programs read, such as a feed.
type publication struct {
	name       string // for errors: "a feed"
	generation string // in the names of its generations, so that no kind takes the place of another
}

var (
	feedFolder   = publication{"a feed", "gen"}
	exportFolder = publication{"an export", "export"}
)

// publishedFile is one file of a published folder.
type publishedFile struct {
	name   string // relative to the folder, with slashes
	size   int64  // bytes
	sha256 string // hexadecimal
}

// publish makes the files that fill writes into an empty folder the content of dir,
// all of them at one moment, and lists them by name.
//
// dir is a symbolic link. The files of a run, a generation, are a folder of
// their own beside it, .NAME.gen-SHA for the dir called NAME. A run
//
//  1. has the generation written as .NAME.tmp-…, and syncs every file and folder;
//  2. renames that to .NAME.gen-SHA (SHA from the files' content) and syncs;
//  3. makes a new link .NAME.link-… and renames it over dir: the swap;
//  4. removes what older runs, and runs that were killed, have left, except the
//     generation that dir named until now.
//
// Rename is atomic, so whenever the run is killed, and whenever somebody looks,
// dir names one complete generation, the old or the new; after a power failure
// too, as far as the disk keeps its word about sync. A reader of several files
// resolves the link once (filepath.EvalSymlinks, cd -P) and opens what it finds
// there: by the name dir alone, its second file may already be of the next
// generation. That is why the last generation outlives the swap by one run. Two
// runs on one dir wait for each other by a lock on the folder around it. A ctx
// that is cancelled before the swap leaves dir as it was.
//
// Limits: dir's folder has to allow symbolic links, which Windows grants to
// administrators and developers only, and there nothing keeps two runs apart.
// Network file systems must do rename atomically. A dir that exists and is no
// such link of the same kind is refused, unless it is an empty folder.
//
// Note: rejected was renameat2(EXCHANGE), which would keep dir a plain folder. It
// is Linux's own, not on every file system, and a reader in the midst of several
// files could not tell that they were exchanged under it.
func publish(ctx context.Context, dir string, kind publication, fill func(folder string) error) ([]publishedFile, error) {
	at, err := openPlace(dir, kind)
	if err != nil {
		return nil, err
	}
	defer at.unlock()
	if err := at.clean(""); err != nil { // what killed runs left; makes room, too
		return nil, err
	}
	gen, files, err := at.writeGeneration(ctx, fill)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	before := at.current
	if gen != before {
		if err := at.swap(gen); err != nil {
			return nil, err
		}
		at.current = gen
	}
	return files, at.clean(cmp.Or(before, gen))
}

// place is where a published folder lives, locked for this run.
type place struct {
	kind    publication
	parent  string // the folder around it, absolute
	name    string // of the link in parent
	current string // name of the generation that the link names; "" : none yet
	empty   bool   // an empty folder is in the link's place
	unlock  func()
}

func openPlace(dir string, kind publication) (*place, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	at := &place{kind: kind, parent: filepath.Dir(abs), name: filepath.Base(abs)}
	if at.parent == abs {
		return nil, fmt.Errorf("%s needs a folder of its own: name one inside it", kind.name)
	}
	if err := os.MkdirAll(at.parent, 0o755); err != nil {
		return nil, err
	}
	if at.unlock, err = lockFolder(at.parent); err != nil {
		return nil, err
	}
	if err := at.look(); err != nil {
		at.unlock()
		return nil, err
	}
	return at, nil
}

func (at *place) path(name string) string { return filepath.Join(at.parent, name) }

// prefix begins the names of this folder's generations ("gen"), of those being
// written ("tmp"), and of links being made ("link").
func (at *place) prefix(kind string) string { return "." + at.name + "." + kind + "-" }

// look finds out what is at the link's place now.
func (at *place) look() error {
	link := at.path(at.name)
	info, err := os.Lstat(link)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := os.Readlink(link)
		if err != nil {
			return err
		}
		if rest, ok := strings.CutPrefix(target, "."+at.name); !ok || !at.isGeneration(rest) {
			return fmt.Errorf("is a link to %s, not %s of greybook's: move it away or choose another folder", target, at.kind.name)
		}
		at.current = target
		return nil
	case !info.IsDir():
		return errors.New("is a file: move it away or choose another folder")
	}
	entries, err := os.ReadDir(link)
	if err != nil {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("is a folder with other things in it, not %s of greybook's: move it away or choose another folder", at.kind.name)
	}
	if here, err := os.Stat("."); err == nil && os.SameFile(here, info) {
		return errors.New("is the current folder: name one inside it")
	}
	at.empty = true
	return nil
}

// isGeneration tells the rest of a generation's name, after .NAME, from other names.
func (at *place) isGeneration(rest string) bool {
	rest, ok := strings.CutPrefix(rest, "."+at.kind.generation+"-")
	return ok && generationSum.MatchString(rest)
}

// writeGeneration has a generation written, and gives its name and files. One with
// the same files that is there already is used again.
func (at *place) writeGeneration(ctx context.Context, fill func(folder string) error) (string, []publishedFile, error) {
	tmp, err := os.MkdirTemp(at.parent, at.prefix("tmp")+"*")
	if err != nil {
		return "", nil, err
	}
	defer os.RemoveAll(tmp) // nothing is there after the rename
	if err := os.Chmod(tmp, 0o755); err != nil {
		return "", nil, err
	}
	if err := fill(tmp); err != nil {
		return "", nil, err
	}
	files, err := publishedFiles(ctx, tmp, true)
	if err != nil {
		return "", nil, err
	}
	sum := sha256.New()
	for _, f := range files {
		fmt.Fprintf(sum, "%s %d %s\n", f.name, f.size, f.sha256)
	}
	gen := at.prefix(at.kind.generation) + hex.EncodeToString(sum.Sum(nil))[:16]
	for base, n := gen, 2; ; n++ {
		if _, err := os.Lstat(at.path(gen)); errors.Is(err, fs.ErrNotExist) {
			break
		}
		have, err := publishedFiles(ctx, at.path(gen), false)
		if ctx.Err() != nil {
			return "", nil, ctx.Err()
		}
		if err == nil && slices.Equal(have, files) {
			return gen, files, nil
		}
		gen = fmt.Sprintf("%s-%d", base, n) // somebody changed a file in it
	}
	if err := os.Rename(tmp, at.path(gen)); err != nil {
		return "", nil, err
	}
	return gen, files, syncFolder(at.parent)
}

// publishedFiles lists the files below a folder by name; sync has the disk keep
// them, and the names of all folders.
func publishedFiles(ctx context.Context, folder string, sync bool) ([]publishedFile, error) {
	var files []publishedFile
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if d.IsDir() {
			if sync {
				return syncFolder(path)
			}
			return nil
		}
		f, err := sumFile(ctx, path, sync)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		f.name = filepath.ToSlash(name)
		files = append(files, f)
		return err
	})
	return files, err
}

// sumFile reads a file for its size and hash.
func sumFile(ctx context.Context, path string, sync bool) (publishedFile, error) {
	mode := os.O_RDONLY
	if sync {
		mode = os.O_RDWR // some systems sync only what could be written
	}
	f, err := os.OpenFile(path, mode, 0)
	if err != nil {
		return publishedFile{}, err
	}
	defer f.Close()
	sum := sha256.New()
	var size int64
	for {
		n, err := io.CopyN(sum, f, 16<<20)
		size += n
		if err == nil {
			err = ctx.Err()
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return publishedFile{}, err
		}
	}
	if sync {
		err = f.Sync()
	}
	return publishedFile{size: size, sha256: hex.EncodeToString(sum.Sum(nil))}, err
}

// swap makes the link name this generation.
func (at *place) swap(gen string) error {
	// The name need not be random: the lock keeps other runs out, and clean has
	// removed what a killed one left.
	link := at.path(at.prefix("link") + "new")
	if err := os.Symlink(gen, link); err != nil {
		return err
	}
	defer os.Remove(link) // nothing is there after the rename
	if at.empty {
		if err := os.Remove(at.path(at.name)); err != nil {
			return err
		}
	}
	if err := os.Rename(link, at.path(at.name)); err != nil {
		return err
	}
	return syncFolder(at.parent)
}

// clean removes whatever earlier runs have left, but the current generation; and,
// when keep is given, the generations but that one too.
func (at *place) clean(keep string) error {
	entries, err := os.ReadDir(at.parent)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		rest, isOurs := strings.CutPrefix(name, "."+at.name)
		if !isOurs {
			continue
		}
		old := keep != "" && name != keep && name != at.current && at.isGeneration(rest)
		if old || leftover.MatchString(rest) {
			if err := os.RemoveAll(at.path(name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// What this file makes, and nothing that a folder called NAME.gen-x would: after .NAME,
// or of a generation after its kind.
var (
	generationSum = regexp.MustCompile(`^[0-9a-f]{16}(-[0-9]+)?$`)
	leftover      = regexp.MustCompile(`^\.(tmp-[0-9]+|link-new)$`)
)
