package static

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// Config is what a site's own file says about how it wants to be served. The zero Config says nothing.
type Config struct {
	File     string            // "Staticfile" or "static.json"; "" when there is none
	Root     string            // folder of the site inside the app's; "" when not said
	Vars     map[string]string // for serve.sh, which describes them
	Warnings []paas.Warning    // what is understood and left out
}

// Read reads a Staticfile, which Cloud Foundry and Railpack know, or a static.json, which Heroku knows.
func Read(tree runtime.Tree) (Config, error) {
	if data, ok := tree.Read("Staticfile"); ok {
		return staticfile(data, tree.Has("Staticfile.auth"))
	}
	if data, ok := tree.Read("static.json"); ok {
		return staticJSON(data)
	}
	return Config{}, nil
}

// inConfig matches a path that may stand in nginx's configuration as it is.
var inConfig = regexp.MustCompile(`^/?[\w][\w./@-]*$`)

// root takes the folder of the site; "/" and "." are the app's own.
func (c *Config) root(folder string) error {
	folder = strings.Trim(path.Clean("/"+folder), "/")
	if folder != "" && !inConfig.MatchString(folder) {
		return paas.FieldErrorf("output", "%s: root is %q, which is not the name of a folder.", c.File, folder)
	}
	c.Root = path.Clean(folder)
	return nil
}

// pages takes the pages that answer for a status, by status.
func (c *Config) pages(byStatus map[string]string) {
	var pages []string
	for _, status := range slices.Sorted(maps.Keys(byStatus)) {
		page := byStatus[status]
		if code, err := strconv.Atoi(status); err != nil || code < 400 || code > 599 || !inConfig.MatchString(page) {
			c.ignore("the page "+page+" for "+status, "a page is for a status from 400 to 599 and named such as /404.html")
			continue
		}
		pages = append(pages, status+"="+path.Join("/", page))
	}
	if len(pages) > 0 {
		c.Vars["SITE_ERRORS"] = strings.Join(pages, " ")
	}
}

func (c *Config) fallback(on bool) {
	c.Vars["SITE_FALLBACK"] = map[bool]string{true: "always", false: "never"}[on]
}

func (c *Config) ignore(setting, why string) {
	c.Warnings = append(c.Warnings, paas.Warning{Code: runtime.WarnIgnored, Message: fmt.Sprintf("%s: %s is left out, because %s.", c.File, setting, why)})
}

// switchedOn are the words by which a Staticfile switches a setting on.
var switchedOn = []string{"true", "enabled", "visible", "on", "yes"}

// Why settings are left out.
const (
	edgeDecides = "whether visitors come by https is the edge's to decide"
	ownNginx    = "Slipway writes nginx's configuration itself; a Dockerfile can bring another"
)

// staticfile reads a Staticfile. Source: the documentation of Cloud Foundry's Staticfile buildpack, and Railpack's for
// index_fallback.
func staticfile(data []byte, auth bool) (Config, error) {
	c := Config{File: "Staticfile", Vars: map[string]string{}}
	var file struct {
		Root        string
		StatusCodes map[string]string `yaml:"status_codes"`
		Others      map[string]any    `yaml:",inline"`
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		return c, paas.Errorf(paas.Invalid, "Staticfile cannot be read: %s.", strings.TrimPrefix(err.Error(), "yaml: ")).Because(err)
	}
	said := func(name string) bool { return file.Others[name] != nil }
	on := func(name string) bool {
		return said(name) && slices.Contains(switchedOn, strings.ToLower(fmt.Sprint(file.Others[name])))
	}
	if file.Root != "" {
		if err := c.root(file.Root); err != nil {
			return c, err
		}
	}
	if said("pushstate") || said("index_fallback") {
		c.fallback(on("pushstate") || on("index_fallback"))
	}
	for setting, name := range map[string]string{"directory": "SITE_LISTING", "ssi": "SITE_SSI", "host_dot_files": "SITE_DOTFILES"} {
		if on(setting) {
			c.Vars[name] = "on"
		}
	}
	if on("http_strict_transport_security") {
		value := "max-age=31536000"
		if on("http_strict_transport_security_include_subdomains") {
			value += "; includeSubDomains"
		}
		if on("http_strict_transport_security_preload") {
			value += "; preload"
		}
		c.Vars["SITE_HSTS"] = value
	}
	c.pages(file.StatusCodes)
	if auth {
		c.Vars["SITE_AUTH"] = "on"
	}
	if on("force_https") {
		c.ignore("force_https", edgeDecides)
	}
	if said("location_include") {
		c.ignore("location_include", ownNginx)
	}
	return c, nil
}

// staticJSON reads a static.json. Source: the documentation of Heroku's buildpack for static sites.
func staticJSON(data []byte) (Config, error) {
	c := Config{File: "static.json", Vars: map[string]string{}}
	var file struct {
		Root      string            `json:"root"`
		Routes    map[string]string `json:"routes"`
		ErrorPage string            `json:"error_page"`
		HTTPSOnly bool              `json:"https_only"`
	}
	var all map[string]any
	if err := json.Unmarshal(data, &file); err != nil {
		return c, paas.Errorf(paas.Invalid, "static.json cannot be read: %s.", err).Because(err)
	}
	if err := json.Unmarshal(data, &all); err != nil {
		return c, paas.Errorf(paas.Invalid, "static.json cannot be read: %s.", err).Because(err)
	}
	if file.Root != "" {
		if err := c.root(file.Root); err != nil {
			return c, err
		}
	}
	if file.Routes["/**"] != "" {
		c.fallback(true)
	}
	if file.ErrorPage != "" {
		c.pages(map[string]string{"404": file.ErrorPage})
	}
	if file.HTTPSOnly {
		c.ignore("https_only", edgeDecides)
	}
	for _, name := range []string{"headers", "proxies", "redirects"} {
		if all[name] != nil {
			c.ignore(name, ownNginx)
		}
	}
	return c, nil
}
