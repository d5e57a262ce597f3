package buildkit

import (
	"slices"
	"strings"
	"testing"
	"time"

	bk "github.com/moby/buildkit/client"
	"github.com/opencontainers/go-digest"
)

func TestReadableName(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ in, want string }{
		"the engine's own steps are said in words": {"[internal] load build definition from Dockerfile", "Read the Dockerfile"},
		"a layer is looked for by its own name":    {"[internal] load metadata for docker.io/slipway/node-22:abc", "Look for the image slipway/node-22:abc"},
		"an image of a registry by its whole name": {"[internal] load metadata for docker.io/library/node:22", "Look for the image docker.io/library/node:22"},
		"a plain step stays":                       {"[2/4] COPY . .", "[2/4] COPY . ."},
		"mounts and trust are left out": {
			"[3/4] RUN --mount=type=secret,id=ca,target=/run/slipway/ca.crt --mount=type=cache,target=/root/.npm export SSL_CERT_FILE=/run/slipway/ca.crt PIP_CERT=/run/slipway/ca.crt && npm ci",
			"[3/4] RUN npm ci",
		},
		"so is the place of a cache": {
			"[3/4] RUN export SSL_CERT_FILE=/run/slipway/ca.crt && export NODE_ENV=production npm_config_cache=/var/cache/slipway/npm && npm ci && npm test",
			"[3/4] RUN npm ci && npm test",
		},
		"a script of several lines is shown as one": {`[3/4] RUN ["/bin/sh","-c","echo \"a\"\necho b"]`, `[3/4] RUN echo "a" echo b`},
		"another exec form stays":                   {`[3/4] RUN ["/trouble","eat"]`, `[3/4] RUN ["/trouble","eat"]`},
		"a whole program is cut":                    {"RUN " + strings.Repeat("é", 400), "RUN " + strings.Repeat("é", 296) + "…"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := readableName(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// say feeds output to a told and returns the lines it hands on.
func say(limit int64, chunks ...string) ([]string, *told) {
	var lines []string
	t := newTold(limit, func(p Progress) {
		if p.Line != nil {
			lines = append(lines, p.Line.Text)
		}
	})
	v := digest.FromString("step")
	for _, c := range chunks {
		t.hear(&bk.SolveStatus{Logs: []*bk.VertexLog{{Vertex: v, Stream: 1, Data: []byte(c), Timestamp: time.Unix(1, 0)}}})
	}
	t.flush(false)
	return lines, t
}

func TestOutputBecomesLines(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		chunks, want []string
	}{
		"lines come whole whatever pieces they arrive in": {[]string{"a", "b\nc", "\n"}, []string{"ab", "c"}},
		"the last line needs no end":                      {[]string{"a\nb"}, []string{"a", "b"}},
		"empty lines are lines":                           {[]string{"\n\na\n"}, []string{"", "", "a"}},
		"of a progress bar the last state counts":         {[]string{"10%\r50%\r100%\r\ndone\n"}, []string{"100%", "done"}},
		"broken characters are replaced":                  {[]string{"a\xffb\n"}, []string{"a\uFFFDb"}},
		"a line without end comes in pieces":              {[]string{strings.Repeat("x", maxLine+1) + "\n"}, []string{strings.Repeat("x", maxLine), "x"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, _ := say(0, tt.chunks...); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestTheLogCapSaysSoOnceAndTheTailGoesOn(t *testing.T) {
	t.Parallel()
	got, told := say(4, "ab\n", "cd\n", "ef\n")
	if len(got) != 2 || got[0] != "ab" || !strings.Contains(got[1], "left out") || !told.clipped {
		t.Errorf("got %q, clipped %v", got, told.clipped)
	}
	if tail := told.tail(nil); !slices.Equal(tail, []string{"ab", "cd", "ef"}) {
		t.Errorf("the evidence is %q", tail)
	}
}

func FuzzOutput(f *testing.F) {
	f.Add([]byte("a\r\nb\x1b[31m\xff"), 3)
	f.Fuzz(func(t *testing.T, data []byte, at int) {
		if at < 0 || at > len(data) {
			return
		}
		whole, _ := say(0, string(data))
		parts, _ := say(0, string(data[:at]), string(data[at:]))
		if !slices.Equal(whole, parts) {
			t.Errorf("in one piece %q, in two %q", whole, parts)
		}
		for _, l := range whole {
			if strings.ContainsAny(l, "\n\r") || len(l) > 3*maxLine {
				t.Errorf("not a line: %q", l)
			}
		}
	})
}
