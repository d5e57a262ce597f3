package runtime

import (
	"io/fs"
	"path"
)

// maxSourceBytes bounds what detection reads of one file: enough for any manifest or lock file's beginning.
const maxSourceBytes = 4 << 20

// Read gives a file of the app's folder; false when there is none, it is a folder, or it is larger than 4 MiB.
func (t Tree) Read(name string) ([]byte, bool) { return readAt(t.Repo, path.Join(t.Root, name)) }

// ReadRepo is Read from the repository's root.
func (t Tree) ReadRepo(name string) ([]byte, bool) { return readAt(t.Repo, name) }

// Has reports whether the app's folder holds a file (not a folder) of that name.
func (t Tree) Has(name string) bool { return has(t.Repo, path.Join(t.Root, name)) }

// HasDir reports whether the app's folder holds a folder of that name.
func (t Tree) HasDir(name string) bool {
	info, err := fs.Stat(t.Repo, path.Join(t.Root, name))
	return err == nil && info.IsDir()
}

// First is the first of names that the app's folder holds; "" when it holds none.
func (t Tree) First(names ...string) string {
	for _, name := range names {
		if t.Has(name) {
			return name
		}
	}
	return ""
}

// Glob lists the files of the app's folder that match pattern, relative to it, sorted; see path.Match.
func (t Tree) Glob(pattern string) []string {
	sub, err := fs.Sub(t.Repo, path.Clean(t.Root))
	if err != nil {
		return nil
	}
	matches, err := fs.Glob(sub, pattern)
	if err != nil {
		return nil
	}
	return matches
}

func has(repo fs.FS, name string) bool {
	info, err := fs.Stat(repo, name)
	return err == nil && info.Mode().IsRegular()
}

func readAt(repo fs.FS, name string) ([]byte, bool) {
	info, err := fs.Stat(repo, name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxSourceBytes {
		return nil, false
	}
	data, err := fs.ReadFile(repo, name)
	return data, err == nil
}
