package docker

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
)

// maxEntry bounds one entry of a log file: 16 KiB of text, each byte written as six (\u001b), and what is around it.
const maxEntry = 128 << 10

// maxHeld bounds how many files a chain keeps open. Files that Docker has deleted since keep their disk space while
// they are open.
const maxHeld = 8

// chain is the log files of one container as one stream: the file that is read, and the newer ones that wait. Docker
// renames x-json.log to x-json.log.1 and so on and deletes the oldest; a file that is open stays readable through that.
type chain struct {
	path  string // of the current file
	files int    // how many generations there may be
	held  []generation
	gap   bool // what came before held[0] was deleted before it could be read
}

type generation struct {
	file *os.File
	info os.FileInfo
	// gap says that something between the generation before and this one is lost.
	gap bool
}

// openChain opens every file there is. fingerprint is the file to begin with, "" for the oldest.
func openChain(path string, files int, fingerprint string) (*chain, error) {
	c := &chain{path: path, files: files}
	if err := c.refresh(); err != nil {
		c.close()
		return nil, err
	}
	if len(c.held) == 0 {
		return nil, fmt.Errorf("log file %s: %w", path, fs.ErrNotExist)
	}
	if fingerprint == "" {
		c.gap = len(c.held) == files // all generations are in use: the first lines have most likely been rotated away
		return c, nil
	}
	for i, g := range c.held {
		found, err := identify(g.file)
		if err != nil {
			c.close()
			return nil, err
		}
		if found == fingerprint {
			for range i {
				c.next()
			}
			c.gap = false
			return c, nil
		}
	}
	c.gap = true
	return c, nil
}

// refresh takes up the files that came since the last time. The newest is opened first: a rotation in between then
// shows a file twice, but never hides one.
func (c *chain) refresh() error {
	var newest os.FileInfo
	if len(c.held) > 0 {
		newest = c.held[len(c.held)-1].info
		if info, err := os.Stat(c.path); err != nil || os.SameFile(info, newest) || len(c.held) >= maxHeld {
			return ignoreMissing(err)
		}
	}
	var fresh []generation // newest first
	linked := newest == nil
	for i := range c.files {
		path := c.path
		if i > 0 {
			path += "." + strconv.Itoa(i)
		}
		file, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // not there yet, or a rotation is going on
		}
		if err != nil {
			return err
		}
		info, err := file.Stat()
		if err != nil {
			return errors.Join(err, file.Close())
		}
		if newest != nil && os.SameFile(info, newest) {
			linked = true
			_ = file.Close() // opened for reading only
			break
		}
		if len(fresh) > 0 && os.SameFile(info, fresh[len(fresh)-1].info) {
			_ = file.Close()
			continue
		}
		fresh = append(fresh, generation{file: file, info: info})
	}
	for i := len(fresh) - 1; i >= 0; i-- {
		fresh[i].gap = !linked
		linked = true
		c.held = append(c.held, fresh[i])
	}
	return nil
}

// ignoreMissing forgives the moment in a rotation when there is no current file.
func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (c *chain) current() *os.File { return c.held[0].file }

// last reports whether the current file is the newest: more may be written to it.
func (c *chain) last() bool { return len(c.held) == 1 }

// next drops the current file and goes on to the one after it.
func (c *chain) next() {
	_ = c.held[0].file.Close() // opened for reading only
	c.held = c.held[1:]
	c.gap = c.held[0].gap
}

func (c *chain) close() {
	for _, g := range c.held {
		_ = g.file.Close()
	}
}

// identify gives a fingerprint of a log file: a hash of its first entry, which holds the time in nanoseconds. Inode
// numbers would not do: the file system reuses that of the file just deleted. "" as long as there is no whole entry.
func identify(file *os.File) (string, error) {
	head := make([]byte, maxEntry)
	n, err := file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("identify log file: %w", err)
	}
	end := bytes.IndexByte(head[:n], '\n')
	if end < 0 {
		return "", nil
	}
	hash := sha256.Sum256(head[:end])
	return hex.EncodeToString(hash[:8]), nil
}
