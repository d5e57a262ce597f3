package bakery

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"

	"github.com/slipway-paas/slipway/server/paas"
)

// maxDockerfile is larger than any Dockerfile that was written by a person, in bytes.
const maxDockerfile = 1 << 20

// ownDockerfile reads the app's Dockerfile and the ignore file that belongs to it alone, if there is one.
func ownDockerfile(dir, file string) (text, ignore string, err error) {
	root, err := os.OpenRoot(dir) // no symbolic link leads out
	if err != nil {
		return "", "", fmt.Errorf("open the source tree: %w", err)
	}
	defer root.Close()
	if text, err = readSmall(root, file); err != nil {
		return "", "", err
	}
	ignore, err = readSmall(root, file+".dockerignore")
	var missing *paas.Error
	if errors.As(err, &missing) {
		err = nil
	}
	return builtIn(text), ignore, err
}

func readSmall(root *os.Root, file string) (string, error) {
	info, err := root.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxDockerfile {
		return "", paas.FieldErrorf("build.dockerfile", "%s is not a file of the repository, or is larger than 1 MiB.", file)
	}
	text, err := root.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the Dockerfile: %w", err)
	}
	return string(text), nil
}

// stock matches the directive that asks for Docker's own frontend from its registry, at the file's very beginning, where
// alone it counts.
var stock = regexp.MustCompile(`(?i)^(?:\xef\xbb\xbf)?#\s*syntax\s*=\s*(?:docker\.io/)?docker/dockerfile(?::1(?:\.[0-9.]+)?)?\s*(\r?\n|$)`)

// builtIn takes the stock frontend's directive away: the engine has that frontend built in, and fetching it again would make every
// build depend on a registry. Line numbers stay. Any other frontend is the app's own choice and is kept.
func builtIn(dockerfile string) string { return stock.ReplaceAllString(dockerfile, "#$1") }
