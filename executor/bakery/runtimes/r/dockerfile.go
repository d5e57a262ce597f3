package r

import (
	_ "embed"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

//go:embed packages.R
var packagesScript string

//go:embed profile.R
var profileScript string

const (
	aptUpdate = "apt-get -o Acquire::https::CAInfo=/run/slipway/ca.crt update -q"
	// libraries lets R find what was compiled; renv must not try to set itself up from the network at every start.
	libraries = "ENV R_LIBS=/opt/slipway/library RENV_CONFIG_AUTOLOADER_ENABLED=FALSE R_PACKRAT_DEFAULT_LIBPATHS= LANG=C.UTF-8"
)

// Dockerfile implements runtime.Runtime. The packages are found in the build layer, where compilers are; Debian's
// prebuilt ones are then installed in the image itself, and compiled ones copied.
func (Runtime) Dockerfile(plan paas.Plan, image func(layer string) string) (string, error) {
	env, err := runtime.Env(plan.Build.Env)
	if err != nil {
		return "", err
	}
	o := plan.Build.Options
	if mirror := o[OptionCRANMirror]; mirror != "" {
		more, err := runtime.Env(map[string]string{"SLIPWAY_CRAN_MIRROR": mirror})
		if err != nil {
			return "", err
		}
		env = append(env, more...)
	}
	lines := []string{"FROM " + image(buildLayer) + " AS build"}
	if apt := runtime.Apt(plan.Build.Packages...); apt != "" {
		lines = append(lines, apt)
	}
	lines = append(lines, env...)
	lines = append(lines, libraries, "WORKDIR "+runtime.Workdir(plan))
	lines = append(lines, packageSteps(plan)...)
	if plan.Build.Command != "" {
		lines = append(lines, runtime.Copy("", ".", runtime.AppDir+"/"), runtime.Run("", plan.Build.Command))
	}
	lines = append(lines, "", "FROM "+image(runLayer), runtime.Copy("build", "/opt/slipway/debs", "/opt/slipway/debs"),
		runtime.Copy("build", "/opt/slipway/library", "/opt/slipway/library"))
	system := append(strings.Fields(o[optSystem]), plan.Build.Packages...)
	lines = append(lines, runtime.Apt(append(system, "$(cat /opt/slipway/debs)")...))
	from := ""
	source := "."
	if plan.Build.Command != "" {
		from, source = "build", runtime.AppDir
	}
	lines = append(lines, libraries, runtime.CopyApp(plan, from, source, runtime.AppDir+"/"))
	return strings.Join(append(lines, runtime.Finish(plan)...), "\n") + "\n", nil
}

// packageSteps get the packages: those that were recognised, then the app's own install scripts with the same shortcut
// to Debian's prebuilt ones.
func packageSteps(plan paas.Plan) []string {
	o := plan.Build.Options
	if plan.Build.Install != "" {
		return []string{runtime.Copy("", ".", runtime.AppDir+"/"),
			runtime.Run("", aptUpdate+" && mkdir -p /opt/slipway/library && touch /opt/slipway/debs && export R_PROFILE_USER=/opt/slipway/profile.R && "+plan.Build.Install)}
	}
	now := "FALSE"
	if o[optScripts] != "" {
		now = "TRUE" // the scripts may load them
	}
	command := aptUpdate + " && Rscript -e 'source(\"/opt/slipway/packages.R\"); slipway$get(commandArgs(TRUE), now = " + now + ")'"
	for _, name := range strings.Fields(o[optPackages]) {
		command += " " + runtime.Quote(name)
	}
	steps := []string{runtime.Run("", command)}
	if o[optScripts] == "" {
		return steps
	}
	// Install scripts may read other files of the app: a lock file, a package's archive.
	steps = append(steps, runtime.Copy("", ".", runtime.AppDir+"/"))
	for s := range strings.SplitSeq(o[optScripts], "\n") {
		steps = append(steps, runtime.Run("", aptUpdate+" && R_PROFILE_USER=/opt/slipway/profile.R Rscript "+runtime.Quote(s)))
	}
	return steps
}
