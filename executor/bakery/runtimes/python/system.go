package python

import (
	"regexp"
	"slices"
	"strings"

	"github.com/slipway-paas/slipway/server/paas"
)

// Options that settleSystem leaves for Dockerfile: Debian packages by space.
const (
	optSystemBuild = "systemBuild" // what compiling needs
	optSystem      = "system"      // what running needs
)

// system is what a Python package needs of Debian besides itself.
type system struct {
	build, run []string
}

// systemOf are Python packages that say nowhere what they need: shared libraries that their wheels leave out, and
// programs that they call. Those of the build layer (PostgreSQL, MariaDB, libffi, OpenSSL) are not repeated.
var systemOf = map[string]system{
	"cairocffi":     {run: []string{"libcairo2"}},
	"cairosvg":      {run: []string{"libcairo2"}},
	"ffmpeg-python": {run: []string{"ffmpeg"}},
	"graphviz":      {run: []string{"graphviz"}},
	"moviepy":       {run: []string{"ffmpeg"}},
	"opencv-python": {run: []string{"libgl1", "libglib2.0-0t64"}},
	"pdf2image":     {run: []string{"poppler-utils"}},
	"pyaudio":       {build: []string{"portaudio19-dev"}, run: []string{"libportaudio2"}},
	"pycairo":       {build: []string{"libcairo2-dev"}, run: []string{"libcairo2"}},
	"pycurl":        {build: []string{"libcurl4-openssl-dev"}, run: []string{"libcurl4t64"}},
	"pydub":         {run: []string{"ffmpeg"}},
	"pygraphviz":    {build: []string{"libgraphviz-dev"}, run: []string{"graphviz"}},
	"pylibmc":       {build: []string{"libmemcached-dev", "libsasl2-dev", "zlib1g-dev"}, run: []string{"libmemcached11t64"}},
	"pyodbc":        {build: []string{"unixodbc-dev"}, run: []string{"unixodbc"}},
	"pytesseract":   {run: []string{"tesseract-ocr"}},
	"python-ldap":   {build: []string{"libldap-dev", "libsasl2-dev"}, run: []string{"libldap2", "libsasl2-2"}},
	"python-magic":  {run: []string{"libmagic1t64"}},
	"weasyprint":    {run: []string{"libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"}},
	"xmlsec":        {build: []string{"libxmlsec1-dev"}, run: []string{"libxmlsec1-openssl"}},
}

var importsTk = regexp.MustCompile(`(?m)^\s*(?:import|from)\s+tkinter\b`)

// settleSystem adds what the app's packages need of Debian, and shows it.
func settleSystem(plan *paas.Plan, p project, sources []source) {
	var need system
	var because []string
	for _, name := range p.dependencies {
		if s, ok := systemOf[name]; ok {
			need.build, need.run = append(need.build, s.build...), append(need.run, s.run...)
			because = append(because, name)
		}
	}
	if slices.ContainsFunc(sources, func(s source) bool { return importsTk.MatchString(s.text) }) {
		need.run, because = append(need.run, "python3-tk"), append(because, "import tkinter")
	}
	if len(because) == 0 {
		return
	}
	plan.Build.Options[optSystem] = words(need.run)
	plan.Build.Options[optSystemBuild] = words(need.build)
	plan.Settings = append(plan.Settings, paas.Setting{Name: "System packages", Value: words(slices.Concat(need.run, need.build)),
		Source: strings.Join(slices.Compact(slices.Sorted(slices.Values(because))), ", ")})
}

func words(names []string) string {
	names = slices.Clone(names)
	slices.Sort(names)
	return strings.Join(slices.Compact(names), " ")
}
