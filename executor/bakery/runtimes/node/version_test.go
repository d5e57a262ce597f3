package node

import (
	"strings"
	"testing"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
)

func TestChooseVersion(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		asks  []string
		want  string
		warns string // code of the first warning; "" for none
	}{
		"nothing asked":                                  {nil, "24", ""},
		"a major":                                        {[]string{"22"}, "22", ""},
		"a major with a v":                               {[]string{"v22"}, "22", ""},
		"an x-range":                                     {[]string{"22.x"}, "22", ""},
		"a caret range stays in its major":               {[]string{"^22.4.0"}, "22", ""},
		"an open range gets the default":                 {[]string{">=18"}, "24", ""},
		"a range below the default gets its newest":      {[]string{">=18 <23"}, "22", ""},
		"a hyphen range":                                 {[]string{"18 - 22"}, "22", ""},
		"alternatives":                                   {[]string{"^18 || ^22"}, "22", ""},
		"even majors before odd ones":                    {[]string{">=22 <24"}, "22", ""},
		"an exact version":                               {[]string{"22.11.0"}, "22.11.0", ""},
		"a patch range takes its newest":                 {[]string{"~22.3"}, "22.3.0", ""},
		"the newest of a major is the major":             {[]string{"22.23.3"}, "22", ""},
		"spaces inside":                                  {[]string{">= 22"}, "24", ""},
		"the newest there is":                            {[]string{"latest"}, "26", ""},
		"nvm's word for long-term support":               {[]string{"lts/*"}, "24", ""},
		"nvm's code name":                                {[]string{"lts/Jod"}, "22", ""},
		"anything":                                       {[]string{"*"}, "24", ""},
		"an open range narrowed by a later ask":          {[]string{">=18", "22"}, "22", ""},
		"a later ask outside the first does not count":   {[]string{">=22", "18"}, "24", ""},
		"a later ask that cannot be read does not count": {[]string{">=22", "potato"}, "24", ""},
		"a major that is too old":                        {[]string{"16"}, "18", runtime.WarnVersion},
		"a range that is too old":                        {[]string{"^14.17 || ^16"}, "18", runtime.WarnVersion},
		"a patch that was never published":               {[]string{"22.11.7"}, "22", runtime.WarnVersion},
		"a major that does not exist yet":                {[]string{"99"}, "26", runtime.WarnVersion},
		"a major without security fixes":                 {[]string{"20"}, "20", runtime.WarnUnsupported},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asks []ask
			for _, text := range tt.asks {
				asks = append(asks, ask{text, "package.json engines.node"})
			}
			got, err := chooseVersion(asks)
			if err != nil {
				t.Fatal(err)
			}
			code := ""
			if len(got.warnings) > 0 {
				code = got.warnings[0].Code
			}
			if got.version != tt.want || code != tt.warns {
				t.Errorf("got %s with %v, want %s with %q", got.version, got.warnings, tt.want, tt.warns)
			}
		})
	}
}

func TestChooseVersionRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"potato", "lts/atlantis", ">=>=1"} {
		_, err := chooseVersion([]ask{{text, ".nvmrc"}})
		if err == nil || !strings.HasPrefix(err.Error(), ".nvmrc asks for Node.js") {
			t.Errorf("%q: got %v, want an error that names .nvmrc", text, err)
		}
	}
}

func TestNPMFor(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{"18": "10", "18.16.0": "9", "18.17.0": "10", "20.4.0": "9", "20": "10", "22": "10", "24": "11", "26": "11"} {
		if got := npmFor(version); got != want {
			t.Errorf("%s: got npm %s, want %s", version, got, want)
		}
	}
}
