package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/server/config"
)

func from(values map[string]string) (config.Config, error) {
	return config.FromEnv(func(name string) string { return values[name] })
}

func TestAnEmptyEnvironmentIsALaptop(t *testing.T) {
	t.Parallel()
	c, err := from(nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Portal != "127.0.0.1:8080" || c.PublicURL.String() != "http://127.0.0.1:8080" || c.AppURL("shop") != "http://shop.localhost:8000" || c.Database() != "data/slipway.db" || !c.LocalRepos || c.Builds != 2 {
		t.Errorf("defaults: %+v", c)
	}
}

func TestValuesAreReadWithTheirUnits(t *testing.T) {
	t.Parallel()
	c, err := from(map[string]string{
		"SLIPWAY_PORTAL": "0.0.0.0:80", "SLIPWAY_EDGE": ":443", "SLIPWAY_EDGE_DOMAIN": "Apps.Example.com", "SLIPWAY_EDGE_URL": "https://apps.example.com/",
		"DATABASE_URL": "postgres://u:p@db/slipway", "SLIPWAY_LOCAL_REPOS": "no", "SLIPWAY_BUILD_MEMORY": "1536 MiB", "SLIPWAY_BUILD_DISK": "5g",
		"SLIPWAY_BUILD_CPU": "1.5", "SLIPWAY_BUILD_TIME": "90s", "SLIPWAY_LOG": "json", "SLIPWAY_KEEP_TASKS": "45d", "SLIPWAY_LOG_AGE": "36h", "SLIPWAY_KEEP_RELEASES": "3",
	})
	if err != nil {
		t.Fatal(err)
	}
	b := c.Build
	if b.MemoryBytes != 1536<<20 || b.DiskBytes != 5<<30 || b.CPUMillis != 1500 || b.Time != 90*time.Second || c.LocalRepos || c.LogFormat != "json" ||
		c.PublicURL.String() != "http://127.0.0.1:80" || c.AppURL("shop") != "https://shop.apps.example.com" || c.EdgeDomain != "apps.example.com" || c.Keep.Tasks != 45*24*time.Hour || c.LogAge != 36*time.Hour || c.KeepReleases != 3 {
		t.Errorf("read %+v", c)
	}
}

func TestEveryWrongValueIsReportedAtOnce(t *testing.T) {
	t.Parallel()
	wrong := map[string]string{
		"SLIPWAY_PORTAL": "8080", "SLIPWAY_EDGE": "localhost:99999", "DATABASE_URL": "mysql://root:hunter2@db/x", "SLIPWAY_PUBLIC_URL": "slipway.example.com",
		"SLIPWAY_EDGE_URL": "http://x/y", "SLIPWAY_EDGE_DOMAIN": "bad_domain", "SLIPWAY_LOCAL_REPOS": "maybe", "SLIPWAY_BUILDS": "0", "SLIPWAY_LOG": "xml",
		"SLIPWAY_BUILD_CPU": "NaN", "SLIPWAY_BUILD_MEMORY": "lots", "SLIPWAY_BUILD_DISK": "-1GiB", "SLIPWAY_BUILD_LOG": "99999999999TiB", "SLIPWAY_BUILD_TIME": "30",
		"SLIPWAY_KEEP_TASKS": "5m", "SLIPWAY_KEEP_EVENTS": "d", "SLIPWAY_LOG_AGE": "-3d", "SLIPWAY_KEEP_RELEASES": "0", "SLIPWAY_KEEP_WORKFLOWS": "99999999999999999d",
	}
	_, err := from(wrong)
	if err == nil {
		t.Fatal("nothing was reported")
	}
	for name := range wrong {
		if !strings.Contains(err.Error(), name+": ") {
			t.Errorf("%s was not reported in:\n%v", name, err)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Error("the report repeats the database's password")
	}
}
