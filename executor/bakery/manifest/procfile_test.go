package manifest

import (
	"reflect"
	"strings"
	"testing"

	"github.com/slipway-paas/slipway/server/paas"
)

func TestParseProcfile(t *testing.T) {
	t.Parallel()
	got, err := ParseProcfile([]byte("\ufeff# comment\r\nweb:  gunicorn app:app --bind 0.0.0.0:$PORT \r\n\r\nrelease: ./migrate\nurgent-worker_2: sh -c 'a: b'\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := Manifest{
		Closed: true,
		Processes: map[string]Value[paas.Command]{
			"web":             {paas.Command{Line: "gunicorn app:app --bind 0.0.0.0:$PORT"}, "Procfile line 2"},
			"urgent-worker_2": {paas.Command{Line: "sh -c 'a: b'"}, "Procfile line 5"},
		},
		Release: Value[paas.Command]{paas.Command{Line: "./migrate"}, "Procfile line 4"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestParseProcfileWithOnlyARelease(t *testing.T) {
	t.Parallel()
	got, err := ParseProcfile([]byte("release: ./migrate\n"))
	if err != nil || got.Closed {
		t.Errorf("got %+v, %v; want the runtime's own processes kept", got, err)
	}
}

func TestParseProcfileRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ file, want string }{
		"a line without a colon":  {"web: x\nnonsense\n", "Procfile line 2: \"nonsense\" is not `name: command`."},
		"a name with a space":     {"my web: x\n", `Procfile line 1: a process type is up to 32 letters`},
		"a name without command":  {"web:\n", `Procfile line 1: "web" has no command.`},
		"a name that comes twice": {"web: a\nweb: b\n", `Procfile line 2: "web" was already named in Procfile line 1.`},
		"two releases":            {"release: a\nrelease: b\n", `"release" was already named`},
		"a NUL character":         {"web: a\x00b\n", "NUL"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseProcfile([]byte(tt.file))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func FuzzParseProcfile(f *testing.F) {
	f.Add([]byte("web: npm start\nrelease: x\n"))
	f.Add([]byte("\ufeff:\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ParseProcfile(data)
		checkParsed(t, m, err)
	})
}
