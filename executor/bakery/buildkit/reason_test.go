package buildkit

import (
	"strings"
	"testing"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

func TestAFailedStepSaysWhy(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		last  []string
		code  paas.Code
		cause string // a part of it
		next  string // a part of it; "" means the code's own
	}{
		"a script of ours names the reason and what to do": {
			[]string{"trying", runtime.StopLine("There is no Gradle. Next: Ask for one."), "more"}, paas.CodeBuildFailed, "There is no Gradle.", "Ask for one.",
		},
		"a reason without an action keeps the code's own": {
			[]string{runtime.StopLine("There is no Gradle.")}, paas.CodeBuildFailed, "There is no Gradle.", "",
		},
		"git cannot find a host":          {[]string{"fatal: unable to access 'https://git.example/x/': Could not resolve host: git.example"}, paas.CodeBuildHost, "git.example", ""},
		"Java cannot find a host":         {[]string{"Caused by: java.net.UnknownHostException: services.example: Name or service not known"}, paas.CodeBuildHost, "services.example", ""},
		"Go cannot find a host":           {[]string{`go: m@v1: Get "https://proxy.example/m": dial tcp: lookup proxy.example on 1.1.1.1:53: no such host`}, paas.CodeBuildHost, "proxy.example", ""},
		"Node.js cannot find one":         {[]string{"npm error request to https://r.example/x failed, reason: getaddrinfo ENOTFOUND r.example"}, paas.CodeBuildHost, "r.example", ""},
		"apt cannot find one":             {[]string{"E: Failed to fetch http://deb.example/x  Could not resolve 'deb.example'"}, paas.CodeBuildHost, "deb.example", ""},
		"pip cannot find one":             {[]string{"(Caused by NameResolutionError(\"HTTPSConnection(host='p.example', port=443): Failed to resolve 'p.example'\"))"}, paas.CodeBuildHost, "p.example", ""},
		"pip is refused by its index":     {[]string{"WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f664d>: Failed to establish a new connection: [Errno 111] Connection refused')': /simple/flask/", "ERROR: No matching distribution found for flask"}, paas.CodeBuildHost, "the package index or another host (Connection refused)", ""},
		"pip is refused by a file server": {[]string{"ERROR: Could not install packages due to an OSError: HTTPSConnectionPool(host='files.example', port=443): Max retries exceeded with url: /x (Caused by NewConnectionError('<x>: Failed to establish a new connection: [Errno 111] Connection refused'))"}, paas.CodeBuildHost, "files.example", ""},
		"uv is refused":                   {[]string{"  cause: Failed to fetch: `https://index.example/simple/flask/`", "  cause: tcp connect error"}, paas.CodeBuildHost, "index.example", ""},
		"Poetry is refused":               {[]string{"All attempts to connect to index.example failed."}, paas.CodeBuildHost, "index.example", ""},
		"anything else has its exit code": {[]string{"error TS2322"}, paas.CodeBuildFailed, "RUN make failed: exit code 2", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := failedStep(&paas.Step{Name: "RUN make", Error: "exit code: 2"}, tt.last)
			if d.Code != tt.code || !strings.Contains(d.Cause, tt.cause) {
				t.Errorf("%s: %s, want %s and %q", d.Code, d.Cause, tt.code, tt.cause)
			}
			if want := paas.Diagnose(tt.code, "").Next; tt.next == "" && d.Next != want || !strings.Contains(d.Next, tt.next) {
				t.Errorf("next is %q, want %q", d.Next, tt.next)
			}
		})
	}
}

func TestAFullHeapIsToldFromItsLastLines(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory": true,
		"Caused by: java.lang.OutOfMemoryError: Java heap space":                            true,
		"error TS2304: Cannot find name 'heap'.":                                            false,
	} {
		if got := heapFull([]string{"first", line, "last"}); got != want {
			t.Errorf("%s: got %v, want %v", line, got, want)
		}
	}
}

func TestAnImageThatCannotBeHadAndAFlagThatIsTooNew(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		got         *paas.Diagnosis
		code        paas.Code
		cause, next string
	}{
		"a registry out of reach": {missingImage("reg.example/jre:21", `failed to do request: Head "https://reg.example/v2/jre/manifests/21": dial tcp: lookup reg.example: no such host`),
			paas.CodeBuildHost, "cannot reach reg.example.", "let this machine reach that registry"},
		"an image that is not there": {missingImage("reg.example/jre:0", "reg.example/jre:0: not found"), paas.CodeBuildFailed, "reg.example/jre:0", "name and tag"},
		"a flag of a newer engine":   {wrongDockerfile("dockerfile parse error line 3: Unknown flag: link"), paas.CodeBuildFailed, "uses --link", "Leave --link out"},
		"anything else":              {wrongDockerfile("dockerfile parse error line 3: unknown instruction: BAKE"), paas.CodeBuildFailed, "BAKE", ""},
	}
	for name, tt := range tests {
		if tt.got.Code != tt.code || !strings.Contains(tt.got.Cause, tt.cause) || !strings.Contains(tt.got.Next, tt.next) {
			t.Errorf("%s: got %+v", name, tt.got)
		}
	}
}
