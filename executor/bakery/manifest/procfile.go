package manifest

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/slipway-paas/slipway/server/paas"
)

// ReleaseProcess is the Procfile's name for the command that runs before traffic moves.
const ReleaseProcess = "release"

// processName is what a process type may be called: it becomes part of container names and log topics.
var processName = regexp.MustCompile(`^[a-zA-Z0-9](?:[a-zA-Z0-9_-]{0,30}[a-zA-Z0-9])?$`)

// ParseProcfile reads `name: command` lines. Empty lines and those that begin with # say nothing.
func ParseProcfile(data []byte) (Manifest, error) {
	m := Manifest{Processes: map[string]Value[paas.Command]{}}
	for i, line := range lines(data) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, command, ok := strings.Cut(line, ":")
		name, command = strings.TrimSpace(name), strings.TrimSpace(command)
		source := ProcfileName + " line " + strconv.Itoa(i+1)
		switch {
		case !ok:
			return Manifest{}, paas.Errorf(paas.Invalid, "%s: %q is not `name: command`.", source, shorten(line))
		case !processName.MatchString(name):
			return Manifest{}, paas.Errorf(paas.Invalid, "%s: a process type is up to 32 letters, digits, dashes and underscores, and %q is not.", source, shorten(name))
		case strings.ContainsRune(command, 0):
			return Manifest{}, paas.Errorf(paas.Invalid, "%s: the command holds a NUL character, which no command can.", source)
		case command == "":
			return Manifest{}, paas.Errorf(paas.Invalid, "%s: %q has no command.", source, name)
		}
		said := Value[paas.Command]{Value: paas.Command{Line: command}, Source: source}
		if name == ReleaseProcess {
			if m.Release.Set() {
				return Manifest{}, twice(source, name, m.Release.Source)
			}
			m.Release = said
			continue
		}
		if before, ok := m.Processes[name]; ok {
			return Manifest{}, twice(source, name, before.Source)
		}
		m.Processes[name] = said
	}
	m.Closed = len(m.Processes) > 0
	return m, nil
}

func twice(source, name, before string) error {
	return paas.Errorf(paas.Invalid, "%s: %q was already named in %s.", source, name, before)
}

// lines splits text as editors count lines; a byte order mark and carriage returns are not part of them.
func lines(data []byte) []string {
	text := strings.TrimPrefix(string(data), "\ufeff")
	return strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
}

// shorten keeps a quoted excerpt of somebody's file within a sentence.
func shorten(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
