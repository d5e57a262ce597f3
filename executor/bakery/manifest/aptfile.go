package manifest

import (
	"strconv"
	"strings"
)

// ParseAptfile reads the Debian packages that Heroku's apt buildpack installs, one a line or several. What asks for
// another repository or for an archive of its own is left out with a warning: images here are built from Debian alone.
func ParseAptfile(data []byte) (Manifest, error) {
	var m Manifest
	for i, line := range lines(data) {
		line, _, _ = strings.Cut(line, "#")
		source := AptfileName + " line " + strconv.Itoa(i+1)
		for _, word := range strings.Fields(line) {
			if !debianPackage.MatchString(word) {
				m.Warnings = append(m.Warnings, ignored("%s: %q is no package of Debian and is left out.", source, shorten(strings.TrimSpace(line))))
				break
			}
			if !m.Build.Packages.Set() {
				m.Build.Packages.Source = source
			}
			m.Build.Packages.Value = append(m.Build.Packages.Value, word)
		}
	}
	return m, nil
}
