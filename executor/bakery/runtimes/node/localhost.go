package node

import (
	_ "embed"
	"encoding/base64"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
)

// listenEverywhereFile is where the run layer keeps listen.cjs.
const listenEverywhereFile = "/usr/local/lib/slipway/listen.cjs"

//go:embed listen.cjs
var listenScript string

// keepListenScript writes listen.cjs into the run layer; base64, because this engine's Dockerfiles have no form for a
// file of several lines.
func keepListenScript() string {
	return runtime.RunLocal("mkdir -p /usr/local/lib/slipway && echo " +
		base64.StdEncoding.EncodeToString([]byte(listenScript)) + " | base64 -d > " + listenEverywhereFile)
}
