package pages

import (
	"testing"

	"github.com/slipway-paas/slipway/server/paas"
)

func TestStepsReadAsSentences(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Fetch the source": "Fetch the source",
		"[stage-2 1/6] FROM docker.io/slipway/node-run:cb5a42f7dfdb71b3":                                                          "Start from slipway/node-run",
		"[install 1/5] FROM docker.io/library/eclipse-temurin:21":                                                                 "Start from eclipse-temurin:21",
		"[stage-2 2/6] COPY --from=slipway/node-24:b4e1a2b0e4412f12 /usr/local/bin/ /usr/local/bin/":                              "Copy /usr/local/bin/ from slipway/node-24",
		"[install 3/5] COPY package.json package-lock.json ./":                                                                    "Copy package.json, package-lock.json",
		"[build 4/5] COPY --chown=10001:10001 . .":                                                                                "Copy the source",
		"[stage-2 6/6] COPY --from=build /app /app":                                                                               "Copy /app from build",
		"[install 4/5] RUN --mount=type=cache,id=team-1-npm,target=/root/.npm --mount=type=secret,id=ca   npm ci":                 "Run npm ci",
		"[build 2/5] WORKDIR /app":                                                                                                "Work in /app",
		"exporting to image":                                                                                                      "Export the image",
		"[build 2/5] RUN touch /slipway-installed":                                                                                "Note what is installed",
		"[build 4/5] RUN mkdir /slipway-app && tar -c . | tar -x -C /slipway-app":                                                 "Collect the built app",
		"[build 4/5] RUN for d in dist; do cp -RL \"$d\" /slipway-site && exit 0; done":                                           "Collect the finished site",
		"[build 5/5] RUN sh -c 'a very long command that goes on and on and on and on and on and on and on and on and on and on'": "Run sh -c 'a very long command that goes on and on and on and on and on and on and on and…",
	} {
		if got := stepTitle(name); got != want {
			t.Errorf("%q reads %q, want %q", name, got, want)
		}
	}
}

func TestTheFirstDeploymentHasNoOldVersionToStop(t *testing.T) {
	for previous, want := range map[int64]string{0: "Watch the new version", 7: "Stop the old version"} {
		if got := phaseWord("drain", paas.Deployment{PreviousID: previous}); got != want {
			t.Errorf("after release %d the last phase is %q, want %q", previous, got, want)
		}
	}
}
