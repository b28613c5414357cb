package reports

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// publishFeed makes the files the content of dir, all of them at one moment.
//
// dir is a symbolic link. The files of a feed, a generation, are a folder of
// their own beside it, .NAME.gen-SHA for the dir called NAME. A run
//
//  1. writes the generation as .NAME.tmp-…, and syncs every file and the folder;
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
// runs on one dir wait for each other by a lock on the folder around it.
//
// Limits: dir's folder has to allow symbolic links, which Windows grants to
// administrators and developers only, and there nothing keeps two runs apart.
// Network file systems must do rename atomically. A dir that exists and is no
// such link is refused, unless it is an empty folder.
//
// Note: rejected was renameat2(EXCHANGE), which would keep dir a plain folder. It
// is Linux's own, not on every file system, and a reader in the midst of several
// files could not tell that they were exchanged under it.
func publishFeed(dir string, files []feedFile) error {
	at, err := openFeedPlace(dir)
	if err != nil {
		return err
	}
	defer at.unlock()
	if err := at.clean(""); err != nil { // what killed runs left; makes room, too
		return err
	}
	gen, err := at.writeGeneration(files)
	if err != nil {
		return err
	}
	before := at.current
	if gen != before {
		if err := at.swap(gen); err != nil {
			return err
		}
		at.current = gen
	}
	return at.clean(before)
}

// feedPlace is where a feed lives, locked for this run.
type feedPlace struct {
	parent  string // the folder around it, absolute
	name    string // of the link in parent
	current string // name of the generation that the link names; "" : none yet
	empty   bool   // an empty folder is in the link's place
	unlock  func()
}

func openFeedPlace(dir string) (*feedPlace, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	at := &feedPlace{parent: filepath.Dir(abs), name: filepath.Base(abs)}
	if at.parent == abs {
		return nil, errors.New("a feed needs a folder of its own: name one inside it")
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

func (at *feedPlace) path(name string) string { return filepath.Join(at.parent, name) }

// prefix begins the names of this feed's generations ("gen"), of those being
// written ("tmp"), and of links being made ("link").
func (at *feedPlace) prefix(kind string) string { return "." + at.name + "." + kind + "-" }

// look finds out what is at the link's place now.
func (at *feedPlace) look() error {
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
		if rest, ok := strings.CutPrefix(target, "."+at.name); !ok || !feedGeneration.MatchString(rest) {
			return fmt.Errorf("is a link to %s, not a feed of greybook's: move it away or choose another folder", target)
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
		return errors.New("is a folder with other things in it, not a feed of greybook's: move it away or choose another folder")
	}
	if here, err := os.Stat("."); err == nil && os.SameFile(here, info) {
		return errors.New("is the current folder: name one inside it")
	}
	at.empty = true
	return nil
}

// writeGeneration writes the files as a generation, and gives its name. One with
// the same files that is there already is used again.
func (at *feedPlace) writeGeneration(files []feedFile) (string, error) {
	sum := sha256.New()
	for _, f := range files {
		fmt.Fprintf(sum, "%s %d\n", f.name, len(f.body))
		sum.Write(f.body)
	}
	gen := at.prefix("gen") + hex.EncodeToString(sum.Sum(nil))[:16]
	for base, n := gen, 2; ; n++ {
		if _, err := os.Lstat(at.path(gen)); errors.Is(err, fs.ErrNotExist) {
			break
		}
		if at.holds(gen, files) {
			return gen, nil
		}
		gen = fmt.Sprintf("%s-%d", base, n) // somebody changed a file in it
	}
	tmp, err := os.MkdirTemp(at.parent, at.prefix("tmp")+"*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp) // nothing is there after the rename
	if err := os.Chmod(tmp, 0o755); err != nil {
		return "", err
	}
	for _, f := range files {
		if err := writeSynced(filepath.Join(tmp, f.name), f.body); err != nil {
			return "", err
		}
	}
	if err := syncFolder(tmp); err != nil {
		return "", err
	}
	if err := os.Rename(tmp, at.path(gen)); err != nil {
		return "", err
	}
	return gen, syncFolder(at.parent)
}

// holds reports whether a generation has exactly these files.
func (at *feedPlace) holds(gen string, files []feedFile) bool {
	entries, err := os.ReadDir(at.path(gen))
	if err != nil || len(entries) != len(files) {
		return false
	}
	for _, f := range files {
		body, err := os.ReadFile(filepath.Join(at.path(gen), f.name))
		if err != nil || !bytes.Equal(body, f.body) {
			return false
		}
	}
	return true
}

// swap makes the link name this generation.
func (at *feedPlace) swap(gen string) error {
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
func (at *feedPlace) clean(keep string) error {
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
		old := keep != "" && name != keep && name != at.current && feedGeneration.MatchString(rest)
		if old || feedLeftover.MatchString(rest) {
			if err := os.RemoveAll(at.path(name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// What this file makes, and nothing that a feed called NAME.gen-x would: after .NAME.
var (
	feedGeneration = regexp.MustCompile(`^\.gen-[0-9a-f]{16}(-[0-9]+)?$`)
	feedLeftover   = regexp.MustCompile(`^\.(tmp-[0-9]+|link-new)$`)
)

func writeSynced(path string, body []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(body)
	if serr := f.Sync(); err == nil {
		err = serr
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}
