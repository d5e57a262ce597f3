package manifest

import (
	"maps"
	"slices"
)

// Over lays m over under: what m says wins, what it does not say is taken from under. Maps are merged key by key.
func (m Manifest) Over(under Manifest) Manifest {
	m.Runtime = m.Runtime.Or(under.Runtime)
	m.Version = m.Version.Or(under.Version)
	m.Processes = merge(m.Processes, under.Processes)
	m.Closed = m.Closed || under.Closed
	m.Release = m.Release.Or(under.Release)
	m.Env = merge(m.Env, under.Env)
	m.Needs = merge(m.Needs, under.Needs)
	m.Secrets = merge(m.Secrets, under.Secrets)
	m.Build = m.Build.over(under.Build)
	m.Run = m.Run.over(under.Run)
	m.Warnings = slices.Concat(m.Warnings, under.Warnings)
	m.Files = slices.Concat(m.Files, under.Files)
	return m
}

func (b Build) over(under Build) Build {
	b.Install = b.Install.Or(under.Install)
	b.Command = b.Command.Or(under.Command)
	b.Output = b.Output.Or(under.Output)
	b.Dockerfile = b.Dockerfile.Or(under.Dockerfile)
	b.Packages = b.Packages.Or(under.Packages)
	b.Env = merge(b.Env, under.Env)
	return b
}

func (r Run) over(under Run) Run {
	r.Port = r.Port.Or(under.Port)
	r.HealthPath = r.HealthPath.Or(under.HealthPath)
	r.StartTimeout = r.StartTimeout.Or(under.StartTimeout)
	r.WritableRoot = r.WritableRoot.Or(under.WritableRoot)
	r.User = r.User.Or(under.User)
	r.MemoryBytes = r.MemoryBytes.Or(under.MemoryBytes)
	r.Finishes = r.Finishes.Or(under.Finishes)
	return r
}

// merge is a copy of under with over's entries laid on it; nil when both are empty.
func merge[V any](over, under map[string]V) map[string]V {
	if len(over)+len(under) == 0 {
		return nil
	}
	all := make(map[string]V, len(over)+len(under))
	maps.Copy(all, under)
	maps.Copy(all, over)
	return all
}
