package manifest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"github.com/slipway-paas/slipway/server/paas"
)

// maxFileBytes is more than any manifest a person writes; a larger file is refused instead of read.
const maxFileBytes = 1 << 20

// Read parses the files of the app in root. A file that is missing says nothing; one that is wrong is a
// paas.Error naming the file and line.
func Read(repo fs.FS, root string) (Manifest, error) {
	var m Manifest
	parsers := []struct {
		name  string
		parse func([]byte) (Manifest, error)
	}{
		{SlipwayName, ParseSlipway},
		{ProcfileName, ParseProcfile},
		{AppJSONName, ParseAppJSON},
		{AptfileName, ParseAptfile},
	}
	for _, p := range parsers {
		data, err := readFile(repo, path.Join(root, p.name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return Manifest{}, err
		}
		said, err := p.parse(data)
		if err != nil {
			return Manifest{}, err
		}
		said.Files = []string{p.name}
		m = m.Over(said)
	}
	return m, nil
}

func readFile(repo fs.FS, name string) ([]byte, error) {
	f, err := repo.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("look at %s: %w", name, err)
	}
	if info.IsDir() {
		return nil, fs.ErrNotExist
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(data) > maxFileBytes {
		return nil, paas.Errorf(paas.Invalid, "%s is larger than 1 MiB, which no manifest needs.", name)
	}
	return data, nil
}
