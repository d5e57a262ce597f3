package runtime

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/slipway-paas/slipway/server/paas"
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
// by one space, or "". command is run by the builder container's /bin/sh and may have several lines.
func Run(mounts, command string) string {
	return run(trustMounts+mounts, "export "+trustEnv+" && "+command)
}

// RunLocal writes a RUN step that reaches nothing outside the builder.
func RunLocal(command string) string { return run("", command) }

func run(mounts, command string) string {
	// A line break or a closing backslash would end or continue the instruction; in JSON neither does.
	if strings.ContainsAny(command, "\r\n") || strings.HasSuffix(command, `\`) {
		return "RUN " + mounts + jsonArgs([]string{"/bin/sh", "-c", command})
	}
	return "RUN " + mounts + command
}

// Apt writes a RUN step that installs Debian packages and leaves no lists behind; "" when there are none.
func Apt(packages ...string) string {
	if len(packages) == 0 {
		return ""
	}
	return Run("", "apt-get -o Acquire::https::CAInfo=/run/slipway/ca.crt update -q"+
		" && DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::https::CAInfo=/run/slipway/ca.crt install -qy --no-install-recommends "+
		strings.Join(packages, " ")+" && apt-get clean && rm -rf /var/lib/apt/lists/*")
}

// Env writes ENV instructions in the order of the names. Values are kept as they are: Docker's own expansion of $ is
// switched off. A value with a line break has no form in a Dockerfile and is an error.
func Env(vars map[string]string) ([]string, error) {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		if strings.ContainsAny(vars[name], "\r\n") {
			return nil, paas.FieldErrorf(name, "The build variable %s has a line break in its value, which an image cannot hold.", name)
		}
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`).Replace(vars[name])
		lines = append(lines, "ENV "+name+`="`+quoted+`"`)
	}
	return lines, nil
}

// Finish writes the last instructions of an image: who runs it, on which port, what is started. The web process (or the
// first) is the image's own command, so that a plain `docker run` does what Slipway does.
func Finish(plan paas.Plan) []string { return FinishIn(plan, Workdir(plan)) }

// FinishIn is Finish for an app whose folder in the image is not Workdir.
func FinishIn(plan paas.Plan, workdir string) []string {
	port := plan.Run.Port
	if port == 0 {
		port = paas.DefaultPort
	}
	user := plan.Run.User
	if user == "" {
		user = AppUser
	}
	lines := []string{
		"ENV PORT=" + strconv.Itoa(port) + " HOME=" + HomeDir,
		"WORKDIR " + workdir,
		"USER " + user,
	}
	if len(plan.Processes) > 0 && !plan.Processes[0].Command.IsZero() {
		lines = append(lines, "CMD "+jsonArgs(plan.Processes[0].Command.ExecArgs()))
	}
	return lines
}

// Workdir is where the app's own folder is in the image: AppDir for a whole repository, below it for a subdirectory.
func Workdir(plan paas.Plan) string { return path.Join(AppDir, plan.Build.Root) }

// Quote makes s one word for /bin/sh.
func Quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// Copy writes a COPY instruction in its JSON form, which takes names with spaces. from is a stage or image, or "".
func Copy(from string, paths ...string) string {
	if from != "" {
		from = "--from=" + from + " "
	}
	return "COPY " + from + jsonArgs(paths)
}

// CopyApp is Copy for the app's own folder in the finished image: an app with a writable root owns its files, or it
// could not write beside them all the same.
func CopyApp(plan paas.Plan, from string, paths ...string) string {
	line := Copy(from, paths...)
	if !plan.Run.WritableRoot {
		return line
	}
	return strings.Replace(line, "COPY ", "COPY --chown="+cmp.Or(plan.Run.User, AppUser)+" ", 1)
}

func jsonArgs(args []string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(args); err != nil { // a list of strings always encodes
		panic(fmt.Sprintf("encode %q: %v", args, err))
	}
	return strings.TrimSpace(b.String())
}
