package runtime

// What every generated Dockerfile and the task profile agree on.
const (
	// AppDir is where the app lives in the image, owned by root and readable by AppUser.
	AppDir = "/app"
	// AppUser is the user every app runs as unless its plan names another: fixed numbers, so that no name has to exist
	// in an operator's own base image.
	AppUser = "10001:10001"
	// HomeDir is AppUser's home, a tmpfs at run time.
	HomeDir = "/tmp/home"
)

// trustMounts hand a RUN step the host's CA bundle and Java's store as build secrets, so that neither ends in a layer
// or in a cache key. The bakery provides the secrets `ca` and `cacerts` with every build.
const trustMounts = "--mount=type=secret,id=ca,target=/run/slipway/ca.crt,mode=0444 " +
	"--mount=type=secret,id=cacerts,target=/run/slipway/cacerts,mode=0444 "

// trustEnv points the package clients at the bundle. It is set for one RUN step, never as ENV: a finished image has no
// path of the builder in it. A company's own CA works this way without the app knowing.
const trustEnv = "SSL_CERT_FILE=/run/slipway/ca.crt NODE_EXTRA_CA_CERTS=/run/slipway/ca.crt " +
	"PIP_CERT=/run/slipway/ca.crt REQUESTS_CA_BUNDLE=/run/slipway/ca.crt CURL_CA_BUNDLE=/run/slipway/ca.crt " +
	"GIT_SSL_CAINFO=/run/slipway/ca.crt JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStore=/run/slipway/cacerts"

// Run writes a RUN step that may reach registries. mounts are further `--mount=…` flags (cache mounts), each followed
// by one space, or "". command is run by the builder container's /bin/sh.
func Run(mounts, command string) string {
	return "RUN " + trustMounts + mounts + "export " + trustEnv + " && " + command
}
