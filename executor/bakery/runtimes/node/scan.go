package node

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// scan is what the app's own sources show about how it runs. It reads text, not meaning: each finding only changes a
// default that the person sees and can change back.
type scan struct {
	listens   string // file that opens a server; "" when none does
	port      int    // port written into the source while PORT is never read; 0 when there is none
	portFile  string
	localhost string // file that listens on localhost only
	writes    string // file that writes files
}

// Bounds of a scan: enough for any app's own sources, small next to a fetch.
const (
	scanFiles     = 400
	scanFileBytes = 256 << 10
)

var (
	sourceFile = regexp.MustCompile(`\.(c|m)?(j|t)sx?$`)
	notTheApp  = regexp.MustCompile(`(^|[./_-])(tests?|spec|e2e|config|stories|d)\.[cm]?[jt]sx?$`)
	skipped    = []string{"node_modules", "bower_components", "test", "tests", "__tests__", "e2e", "cypress", "dist", "build",
		"out", "public", "static", "assets", "docs", "scripts", "coverage", "vendor", "migrations", "fixtures"}

	opensServer = regexp.MustCompile(`\.listen\s*\(|\bserve\s*\(|\bcreateServer\s*\(|\bBun\.serve\b|\bDeno\.serve\b|new\s+WebSocketServer\b|\bWebSocket\.Server\b`)
	readsPort   = regexp.MustCompile(`env\s*\??\.\s*\w*PORT\b|env\s*\[\s*['"]\w*PORT['"]|\{[^{}]*\bPORT\b[^{}]*\}\s*=\s*(process\.)?env\b|get(OrThrow)?(<[^>]*>)?\(\s*['"]\w*(PORT|port)['"]|config\.(get\(['"])?\w*port|argv|\benv\(\s*['"]PORT['"]`)
	portNumber  = regexp.MustCompile(`(?:\.listen\s*\(\s*|\b(?:listen|serve|server|Server)\s*\([^)]*?\bport\s*:\s*)([0-9]{2,5})\b`)
	portName    = regexp.MustCompile(`(?:\.listen\s*\(\s*|\.listen\s*\(\s*\{[^}]*?\bport\s*:\s*)([A-Za-z_$][\w$]*)\s*[,)}]`)
	portValue   = regexp.MustCompile(`(?:const|let|var)\s+(\w+)(?:\s*:\s*number)?\s*=\s*(?:process\.env\.\w+\s*(?:\|\||\?\?)\s*)?([0-9]{2,5})\s*[;,\n]`)
	localOnly   = regexp.MustCompile(`\b(?:listen|serve|server|Server)\s*\([^;]*?['"](localhost|127\.0\.0\.1)['"]`)
	hostGiven   = regexp.MustCompile(`\bhost\b|0\.0\.0\.0|['"]::['"]`)
	writesFiles = regexp.MustCompile(`\b(writeFile|writeFileSync|appendFile|appendFileSync|createWriteStream|mkdirSync|mkdir|outputFile|outputJson|DatabaseSync)\s*\(`)
)

// sources reads the app's own sources, in the order of their names.
func (p *project) sources() []source { return p.sourcesIn(".") }

// sourcesIn reads the sources in a folder of the app's package.
func (p *project) sourcesIn(folder string) []source {
	var found []source
	// Every error below means the same: a file that cannot be read shows nothing.
	_ = fs.WalkDir(p.subtree(p.dir), folder, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil //nolint:nilerr // said above
		case len(found) >= scanFiles:
			return fs.SkipAll
		case entry.IsDir():
			if name != folder && (slices.Contains(skipped, entry.Name()) || strings.HasPrefix(entry.Name(), ".")) {
				return fs.SkipDir
			}
			return nil
		case !sourceFile.MatchString(name) || notTheApp.MatchString(name):
			return nil
		}
		if data, ok := p.repo.Read(path.Join(p.dir, name)); ok && len(data) <= scanFileBytes {
			found = append(found, source{name, withoutComments(string(data))})
		}
		return nil
	})
	return found
}

type source struct{ name, text string }

// look scans the sources; fastify tells that a listen without a host means localhost, as it does in Fastify.
func look(sources []source, fastify bool) scan {
	var s scan
	reads := false
	for _, f := range sources {
		reads = reads || readsPort.MatchString(f.text)
		if s.listens == "" && opensServer.MatchString(f.text) {
			s.listens = f.name
		}
		if s.writes == "" && writesFiles.MatchString(f.text) {
			s.writes = f.name
		}
		listens := strings.Contains(f.text, ".listen(")
		if s.localhost == "" && (localOnly.MatchString(f.text) || fastify && listens && !hostGiven.MatchString(f.text)) {
			s.localhost = f.name
		}
		if s.port == 0 {
			if port := writtenPort(f.text); port != 0 {
				s.port, s.portFile = port, f.name
			}
		}
	}
	if reads {
		s.port, s.portFile = 0, ""
	}
	return s
}

// writtenPort is the port of `app.listen(3000)`, or of `const port = 3000; app.listen(port)`, where 3000 may be what is
// taken when a variable other than PORT is not set.
func writtenPort(text string) int {
	if found := portNumber.FindStringSubmatch(text); found != nil {
		return validPort(found[1])
	}
	found := portName.FindStringSubmatch(text)
	if found == nil {
		return 0
	}
	for _, value := range portValue.FindAllStringSubmatch(text, -1) {
		if value[1] == found[1] {
			return validPort(value[2])
		}
	}
	return 0
}

func validPort(digits string) int {
	port, err := strconv.Atoi(digits)
	if err != nil || port < 80 || port > 65535 {
		return 0
	}
	return port
}

var comments = regexp.MustCompile(`(?s)/\*.*?\*/|(?m)(^|[\s;,{}()])//[^\n]*`)

// withoutComments takes comments out of JavaScript, so that what was commented out is not believed. It does not know
// strings; `//` counts only after white space or punctuation, which leaves addresses whole.
func withoutComments(text string) string { return comments.ReplaceAllString(text, "$1") }
