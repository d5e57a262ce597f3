package manifest

import (
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/slipway-paas/slipway/server/paas"
)

// Each method gives the reader of one kind of value; the reader checks the value and keeps it with its line.

func (y *yamlFile) text(to *Value[string]) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if s, ok := y.scalar(n); ok {
			*to = Value[string]{strings.TrimSpace(s), where(n)}
		}
	}
}

// folder reads a path inside the app's folder.
func (y *yamlFile) folder(to *Value[string]) func(*yaml.Node) {
	return func(n *yaml.Node) {
		s, ok := y.scalar(n)
		if !ok {
			return
		}
		clean, ok := Inside(s)
		if !ok {
			y.wrong(n, "%q must be a path inside the app's folder.", shorten(s))
			return
		}
		*to = Value[string]{clean, where(n)}
	}
}

// Inside cleans a path that must stay inside the folder it is relative to; false when it does not.
func Inside(s string) (string, bool) {
	clean := path.Clean(strings.TrimSpace(s))
	if strings.TrimSpace(s) == "" || path.IsAbs(clean) || clean == ".." || strings.HasPrefix(clean, "../") || strings.ContainsAny(clean, "\\\n\r\x00") {
		return "", false
	}
	return clean, true
}

// command reads a line for the container's shell, or a list that is run as it stands.
func (y *yamlFile) command(to *Value[paas.Command]) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if c, ok := y.commandValue(n); ok {
			*to = Value[paas.Command]{c, where(n)}
		}
	}
}

func (y *yamlFile) commandValue(n *yaml.Node) (paas.Command, bool) {
	if n.Kind != yaml.SequenceNode {
		s, ok := y.scalar(n)
		if !ok {
			return paas.Command{}, false
		}
		if s = strings.TrimSpace(s); s == "" {
			y.wrong(n, "the command is empty.")
			return paas.Command{}, false
		}
		return paas.Command{Line: s}, true
	}
	args, ok := y.list(n)
	if ok && (len(args) == 0 || args[0] == "") {
		y.wrong(n, "the command is empty.")
		return paas.Command{}, false
	}
	return paas.Command{Args: args}, ok
}

func (y *yamlFile) list(n *yaml.Node) ([]string, bool) {
	if n.Kind != yaml.SequenceNode {
		y.wrong(n, "expected a list, not %s.", kindOf(n))
		return nil, false
	}
	values, whole := make([]string, 0, len(n.Content)), true
	for _, item := range n.Content {
		s, ok := y.scalar(item)
		values, whole = append(values, s), whole && ok
	}
	return values, whole
}

func (y *yamlFile) commands(to *map[string]Value[paas.Command]) func(*yaml.Node) {
	return func(n *yaml.Node) {
		said := map[string]Value[paas.Command]{}
		y.pairs(n, "processes", func(key, value *yaml.Node) {
			switch {
			case key.Value == ReleaseProcess:
				y.wrong(key, "the release command has a key of its own: `release: …` at the top level.")
			case !processName.MatchString(key.Value):
				y.wrong(key, "a process type is up to 32 letters, digits, dashes and underscores, and %q is not.", shorten(key.Value))
			default:
				if c, ok := y.commandValue(value); ok {
					said[key.Value] = Value[paas.Command]{c, where(value)}
				}
			}
		})
		*to = said
	}
}

func (y *yamlFile) variables(to *map[string]Value[string]) func(*yaml.Node) {
	return func(n *yaml.Node) {
		said := map[string]Value[string]{}
		y.pairs(n, "env", func(key, value *yaml.Node) {
			name, err := paas.ParseVariableName("", key.Value)
			if err != nil {
				y.wrong(key, "%s", sentence(err))
				return
			}
			if s, ok := y.scalar(value); ok {
				said[name] = Value[string]{s, where(value)}
			}
		})
		*to = said
	}
}

func (y *yamlFile) needs(to *map[string]string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		names, _ := y.list(n)
		said := map[string]string{}
		for i, name := range names {
			if _, err := paas.ParseVariableName("", name); err != nil {
				y.wrong(n.Content[i], "%s", sentence(err))
				continue
			}
			said[name] = where(n.Content[i])
		}
		*to = said
	}
}

// debianPackage is Debian Policy 5.6.1's form of a package name.
var debianPackage = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]+$`)

func (y *yamlFile) packages(to *Value[[]string]) func(*yaml.Node) {
	return func(n *yaml.Node) {
		names, ok := y.list(n)
		for i, name := range names {
			if name != "" && !debianPackage.MatchString(name) {
				y.wrong(n.Content[i], "%q cannot be the name of a Debian package.", shorten(name))
				ok = false
			}
		}
		if ok {
			*to = Value[[]string]{names, where(n)}
		}
	}
}

func (y *yamlFile) flag(to *Value[bool]) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var b bool
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" || n.Decode(&b) != nil {
			y.wrong(n, "expected true or false.")
			return
		}
		*to = Value[bool]{b, where(n)}
	}
}

func (y *yamlFile) port(to *Value[int]) func(*yaml.Node) {
	return func(n *yaml.Node) {
		port, err := strconv.Atoi(n.Value)
		if n.Kind != yaml.ScalarNode || err != nil || port < 1 || port > 65535 {
			y.wrong(n, "a port is a number from 1 to 65535.")
			return
		}
		*to = Value[int]{port, where(n)}
	}
}

func (y *yamlFile) healthPath(to *Value[string]) func(*yaml.Node) {
	return func(n *yaml.Node) {
		s, ok := y.scalar(n)
		if !ok {
			return
		}
		if !strings.HasPrefix(s, "/") || strings.ContainsAny(s, " \t\r\n") {
			y.wrong(n, "the health path begins with / and has no spaces: /healthz.")
			return
		}
		*to = Value[string]{s, where(n)}
	}
}

// longestStart is more than any app needs to get ready; beyond it a typing mistake is likelier.
const longestStart = time.Hour

func (y *yamlFile) duration(to *Value[time.Duration]) func(*yaml.Node) {
	return func(n *yaml.Node) {
		d, err := time.ParseDuration(n.Value)
		if n.Kind != yaml.ScalarNode || err != nil || d < time.Second || d > longestStart {
			y.wrong(n, "expected a time from 1s to 1h, such as 90s or 5m.")
			return
		}
		*to = Value[time.Duration]{d, where(n)}
	}
}

// userForm is numeric because no name has to exist in the image; the first digit forbids root.
var userForm = regexp.MustCompile(`^[1-9][0-9]{0,8}(:[0-9]{1,9})?$`)

func (y *yamlFile) user(to *Value[string]) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode || !userForm.MatchString(n.Value) {
			y.wrong(n, `the user is a number other than 0, or two as in "1000:1000"; keep the quotes.`)
			return
		}
		*to = Value[string]{n.Value, where(n)}
	}
}

var sizeForm = regexp.MustCompile(`^([0-9]{1,6}) ?(M|MB|MiB|G|GB|GiB)$`)

// size reads mebibytes and gibibytes; as in Kubernetes and Docker practice, MB and MiB are told apart by nobody.
func (y *yamlFile) size(to *Value[int64]) func(*yaml.Node) {
	return func(n *yaml.Node) {
		found := sizeForm.FindStringSubmatch(n.Value)
		if n.Kind != yaml.ScalarNode || found == nil {
			y.wrong(n, "expected a size such as 512MB or 2GB.")
			return
		}
		count, err := strconv.ParseInt(found[1], 10, 64)
		if err != nil || count == 0 {
			y.wrong(n, "expected a size such as 512MB or 2GB.")
			return
		}
		unit := int64(1 << 20)
		if found[2][0] == 'G' {
			unit = 1 << 30
		}
		if (paas.Resources{MemoryBytes: count * unit}).Validate("") != nil {
			y.wrong(n, "expected a size from 16MB to 65536GB.")
			return
		}
		*to = Value[int64]{count * unit, where(n)}
	}
}
