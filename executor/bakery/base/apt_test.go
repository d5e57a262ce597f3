package base

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestDebianArchives(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		files map[string]string
		want  []archive
	}{
		"Debian's own deb822 file": {
			files: map[string]string{"sources.list.d/debian.sources": "Types: deb\n# a comment\nURIs: http://mirror.example/debian\nSuites: bookworm\n\nTypes: deb\nURIs: http://mirror.example/debian-security/\nSuites: bookworm-security\n"},
			want:  []archive{{uri: "http://mirror.example/debian"}, {uri: "http://mirror.example/debian-security", security: true}},
		},
		"the one-line form with options": {
			files: map[string]string{"sources.list": "# deb http://old.example/debian x main\ndeb [arch=amd64 signed-by=/k.gpg] https://mirror.example/debian trixie main\ndeb-src http://src.example/debian trixie main\n"},
			want:  []archive{{uri: "https://mirror.example/debian"}},
		},
		"an archive named twice counts once": {
			files: map[string]string{"sources.list": "deb http://m.example/debian trixie main\ndeb http://m.example/debian trixie-updates main\n"},
			want:  []archive{{uri: "http://m.example/debian"}},
		},
		"Ubuntu's archives are not Debian's": {
			files: map[string]string{"sources.list.d/ubuntu.sources": "Types: deb\nURIs: http://archive.example/ubuntu\nSuites: noble\n"},
		},
		"security alone is no Debian": {
			files: map[string]string{"sources.list": "deb http://m.example/debian-security trixie-security main\n"},
		},
		"disabled, foreign and secret sources are left out": {
			files: map[string]string{
				"sources.list.d/off.sources":  "Enabled: no\nTypes: deb\nURIs: http://off.example/debian\n",
				"sources.list.d/src.sources":  "Types: deb-src\nURIs: http://src.example/debian\n",
				"sources.list.d/old.list.bak": "deb http://bak.example/debian x main\n",
				"sources.list":                "deb http://user:pass@m.example/debian trixie main\ndeb file:/srv/debian trixie main\ndeb https://other.example/debian-like trixie main\n",
			},
		},
		"no file at all": {},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for file, text := range tt.files {
				if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, file)), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			got, err := debianArchives(dir)
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("got %v, %v; want %v", got, err, tt.want)
			}
		})
	}
}

func TestReachOptions(t *testing.T) {
	t.Parallel()
	dump := `APT::Architecture "amd64";
Acquire::http::Proxy "http://proxy.example:3128";
Acquire::https::Proxy::internal.example "DIRECT";
Acquire::https::CAInfo "/etc/company.crt";
Acquire::http::Proxy-Auto-Detect "/usr/bin/detect";
Acquire::Check-Valid-Until "false";
Acquire::http::Timeout "";
Dir::Cache "var/cache/apt";
`
	want := []string{
		`Acquire::Check-Valid-Until "false"`,
		`Acquire::http::Proxy "http://proxy.example:3128"`,
		`Acquire::http::Proxy-Auto-Detect "/usr/bin/detect"`,
		`Acquire::https::Proxy::internal.example "DIRECT"`,
	}
	want = slices.Delete(want, 2, 3) // a program of this machine is not in the image
	if got := reachOptions(dump); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
