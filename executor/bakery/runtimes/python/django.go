package python

import (
	"cmp"
	"path"
	"regexp"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

var (
	settingsModule = regexp.MustCompile(`DJANGO_SETTINGS_MODULE['"]\s*,\s*['"]([\w.-]+)['"]`)
	wsgiSetting    = regexp.MustCompile(`(?m)^\s*WSGI_APPLICATION\s*=\s*['"]([\w.]+)\.(\w+)['"]`)
	asgiSetting    = regexp.MustCompile(`(?m)^\s*ASGI_APPLICATION\s*=\s*['"]([\w.]+)\.(\w+)['"]`)
)

// django recognises a Django project by its manage.py, at the top or one folder down.
func django(plan *paas.Plan, tree runtime.Tree, p project, sources []source) (start, bool) {
	manage := tree.First("manage.py")
	if found := tree.Glob("*/manage.py"); manage == "" && len(found) > 0 {
		manage = found[0]
	}
	data, ok := tree.Read(manage)
	if manage == "" || !ok || !strings.Contains(string(data), "django") {
		return start{}, false
	}
	dir := path.Dir(manage)
	module := ""
	if m := settingsModule.FindSubmatch(data); m != nil {
		module = string(m[1])
	}
	settings := djangoSettings(tree, dir, module)
	if strings.Contains(settings, "STATIC_ROOT") {
		plan.Build.Options[optStatic] = dir
		plan.Settings = append(plan.Settings, paas.Setting{Name: "Static files", Value: "python manage.py collectstatic", Source: "STATIC_ROOT in the settings"})
		if !p.uses("whitenoise") && strings.Contains(settings, "django.contrib.staticfiles") {
			plan.Warnings = append(plan.Warnings, paas.Warning{Code: runtime.WarnIgnored,
				Message: "Django serves no static files outside DEBUG, and whitenoise is not among the packages: style sheets will be missing unless something else serves them."})
		}
	}
	if strings.Contains(settings, "sqlite3") && !strings.Contains(settings, "DATABASE_URL") {
		plan.Warnings = append(plan.Warnings, paas.Warning{Code: runtime.WarnProfile,
			Message: "The settings keep the database in an SQLite file in the app's folder, which is read-only and replaced by every release. Give it a database by DATABASE_URL."})
	}
	s := start{framework: "Django", source: manage, saw: manage + " belongs to a Django project."}
	async := p.uses("channels", "daphne") || asgiSetting.MatchString(settings) && !wsgiSetting.MatchString(settings)
	target := djangoTarget(sources, dir, module, settings, async)
	if async {
		line := "uvicorn " + target + " --host 0.0.0.0 --port $PORT --proxy-headers --forwarded-allow-ips '*'"
		if dir != "." {
			line += " --app-dir " + dir
		}
		s.command, s.server = paas.Command{Line: line}, "uvicorn"
		return s, true
	}
	s.command, s.server = paas.Command{Args: gunicorn(dir, target)}, "gunicorn"
	return s, true
}

// djangoSettings is the text of the settings, of all files when they are a package.
func djangoSettings(tree runtime.Tree, dir, module string) string {
	if module == "" {
		return ""
	}
	base := path.Join(dir, strings.ReplaceAll(module, ".", "/"))
	files := append([]string{base + ".py"}, tree.Glob(base+"/*.py")...)
	if parent := path.Base(path.Dir(base)); parent == "settings" {
		files = append(files, tree.Glob(path.Dir(base)+"/*.py")...)
	}
	var text strings.Builder
	for _, f := range files {
		if data, ok := tree.Read(f); ok {
			text.Write(data)
		}
	}
	return text.String()
}

// djangoTarget is the application object the settings name, else the one in the project's own wsgi.py or asgi.py.
func djangoTarget(sources []source, dir, module, settings string, async bool) string {
	file, pattern := "wsgi", wsgiSetting
	if async {
		file, pattern = "asgi", asgiSetting
	}
	if m := pattern.FindStringSubmatch(settings); m != nil {
		return m[1] + ":" + m[2]
	}
	for _, s := range sources {
		rest, ok := strings.CutPrefix(s.name, dir+"/")
		if dir == "." {
			rest, ok = s.name, true
		}
		if ok && path.Base(rest) == file+".py" {
			return strings.ReplaceAll(strings.TrimSuffix(rest, ".py"), "/", ".") + ":application"
		}
	}
	project, _, _ := strings.Cut(cmp.Or(module, path.Base(dir)), ".")
	return project + "." + file + ":application"
}
