package control

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/slipway-paas/slipway/server/paas"
)

// Bounds of an app's settings.
const (
	mostTasks    = 100       // of one process type
	longestStart = time.Hour // how long a task may take to get ready
	longestLine  = 4000      // characters of a command
	mostEntries  = 200       // variables, packages or process types at once
	longestPath  = 500       // characters of a path
)

var (
	processForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,29}$`)
	packageForm = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]{1,99}$`) // Debian policy 5.6.7
)

// validateSettings checks what a person may change about how an app runs.
func validateSettings(errs *paas.FieldErrors, s paas.AppSettings) error {
	wrong := func(field, format string, args ...any) {
		*errs = append(*errs, paas.FieldErrorf(field, format, args...))
	}
	validateScale(errs, s.Scale)
	for process, r := range s.Resources {
		validateProcess(errs, "resources", process)
		if err := gather(errs, r.Validate("resources."+process)); err != nil {
			return err
		}
	}
	if s.HealthPath != "" && (!strings.HasPrefix(s.HealthPath, "/") || len(s.HealthPath) > longestPath || strings.ContainsFunc(s.HealthPath, notInPath)) {
		wrong("healthPath", "The health path begins with / and has no spaces, such as /healthz.")
	}
	if s.StartTimeout != 0 && (s.StartTimeout < time.Second || s.StartTimeout > longestStart) {
		wrong("startTimeout", "The start timeout is from 1 second to %s.", longestStart)
	}
	if s.Port < 0 || s.Port > 65535 {
		wrong("port", "The port is a number from 1 to 65535.")
	}
	for process, line := range s.Commands {
		validateProcess(errs, "commands", process)
		validateLine(errs, "commands."+process, line)
	}
	return validateBuild(errs, s.Build)
}

func validateBuild(errs *paas.FieldErrors, b paas.BuildSettings) error {
	validateLine(errs, "install", b.Install)
	validateLine(errs, "build", b.Command)
	for field, path := range map[string]string{"output": b.Output, "dockerfile": b.Dockerfile, "root": b.Root} {
		if _, err := paas.ParseSubdir(path); err != nil {
			if err := gather(errs, named(err, field)); err != nil {
				return err
			}
		}
	}
	for _, p := range b.Packages {
		if !packageForm.MatchString(p) {
			*errs = append(*errs, paas.FieldErrorf("packages", "%q cannot be the name of a Debian package.", clip(p, 60)))
		}
	}
	if len(b.Packages) > mostEntries {
		*errs = append(*errs, paas.FieldErrorf("packages", "At most %d packages.", mostEntries))
	}
	return validateVariables(errs, "env", b.Env)
}

func notInPath(r rune) bool { return r <= ' ' || r == 0x7f || r == '#' || r > unicode.MaxLatin1 }

func validateLine(errs *paas.FieldErrors, field, line string) {
	if len(line) > longestLine || strings.ContainsFunc(line, func(r rune) bool { return unicode.IsControl(r) && r != '\t' }) {
		*errs = append(*errs, paas.FieldErrorf(field, "A command is one line of at most %d characters.", longestLine))
	}
}

func validateProcess(errs *paas.FieldErrors, field, process string) {
	if !processForm.MatchString(process) {
		*errs = append(*errs, paas.FieldErrorf(field, "%q cannot be a process type: use lower-case letters, digits and dashes.", clip(process, 60)))
	}
}

func validateScale(errs *paas.FieldErrors, scale map[string]int) {
	for _, process := range slices.Sorted(maps.Keys(scale)) {
		validateProcess(errs, "scale", process)
		if n := scale[process]; n < 0 || n > mostTasks {
			*errs = append(*errs, paas.FieldErrorf("scale."+clip(process, 60), "%s can run from 0 to %d tasks.", clip(process, 60), mostTasks))
		}
	}
}

// validateVariables checks names and values; field prefixes the name of a wrong one.
func validateVariables(errs *paas.FieldErrors, field string, values map[string]string) error {
	if len(values) > mostEntries {
		*errs = append(*errs, paas.FieldErrorf(field, "At most %d variables at once.", mostEntries))
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if _, err := paas.ParseVariableName(field, name); err != nil {
			if err := gather(errs, err); err != nil {
				return err
			}
			continue
		}
		switch value := values[name]; {
		case len(value) > paas.MaxVariableBytes:
			*errs = append(*errs, paas.FieldErrorf(field, "The value of %s is longer than %s.", name, paas.Bytes(paas.MaxVariableBytes)))
		case strings.ContainsRune(value, 0):
			*errs = append(*errs, paas.FieldErrorf(field, "The value of %s contains a NUL byte, which no environment can hold.", name))
		}
	}
	return nil
}

// source is where an app's code is, as parsed from a form.
type source struct {
	repo    paas.RepoURL
	branch  paas.Ref
	root    paas.Subdir
	runtime string
}

var runtimeForm = regexp.MustCompile(`^[a-z][a-z0-9]{0,29}$`)

// parseSource reads the fields of a form that say where the code is.
func (c *Control) parseSource(errs *paas.FieldErrors, repo, branch, root, runtime string) (s source, err error) {
	s.repo, err = paas.ParseRepoURL(repo)
	if err := gather(errs, named(err, "repo")); err != nil {
		return s, err
	}
	if err == nil && s.repo.Local() && !c.localRepos {
		*errs = append(*errs, paas.FieldErrorf("repo", "Paths on the server are not allowed here. Use an https or ssh address."))
	}
	s.branch, err = paas.ParseRef(branch)
	if err := gather(errs, named(err, "branch")); err != nil {
		return s, err
	}
	s.root, err = paas.ParseSubdir(root)
	if err := gather(errs, named(err, "root")); err != nil {
		return s, err
	}
	if s.root == "." {
		s.root = ""
	}
	s.runtime = strings.TrimSpace(runtime)
	if s.runtime != "" && !runtimeForm.MatchString(s.runtime) {
		*errs = append(*errs, paas.FieldErrorf("runtime", "%q is no runtime. Leave it empty to have it detected.", clip(s.runtime, 60)))
	}
	return s, nil
}

// tasks says a number of tasks.
func tasks(n int) string {
	if n == 1 {
		return "1 task"
	}
	return fmt.Sprintf("%d tasks", n)
}
