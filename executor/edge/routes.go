package edge

import (
	"slices"
)

// Routes is everything the edge knows: which apps there are and where their instances listen.
type Routes struct {
	Version int64 // of the records this was computed from; grows
	Apps    []App
}

// App is one app as the edge sees it.
type App struct {
	ID        int64
	Name      string   // its host label: NAME.localhost
	Hosts     []string // further whole host names
	State     State    // which page to show while Upstreams is empty
	Upstreams []string // host:port of each instance that takes requests
}

// State says why an app has no instance that takes requests.
type State string

// The states with a page of their own. Unknown is the page for a host without an app.
const (
	Unknown  State = "unknown"
	Stopped  State = "stopped"  // nobody wants it to run
	Starting State = "starting" // an instance is on its way
	Failing  State = "failing"  // instances are wanted, and none works
)

// table is Routes, ready to be looked up. It never changes.
type table struct {
	version int64
	byHost  map[string]*target
}

// target is an app in a table.
type target struct {
	app       App
	upstreams []*upstream
	counters  *counters
}

// Apply replaces the table. Requests under way go on where they are; new ones go by the new table.
func (e *Edge) Apply(routes Routes) {
	e.mu.Lock()
	defer e.mu.Unlock()

	next := &table{version: routes.Version, byHost: make(map[string]*target, len(routes.Apps)*(1+len(e.cfg.Domains)))}
	used := make(map[string]*upstream, len(e.upstreams))
	counted := make(map[int64]*counters, len(routes.Apps))
	for _, app := range routes.Apps {
		t := &target{app: app, counters: e.traffic[app.ID]}
		if t.counters == nil {
			t.counters = &counters{}
		}
		counted[app.ID] = t.counters
		for _, address := range app.Upstreams {
			u := e.upstreams[address]
			if u == nil {
				u = newUpstream(address)
				e.upstreams[address] = u
			}
			used[address] = u
			t.upstreams = append(t.upstreams, u)
		}
		for _, host := range e.hosts(app) {
			next.byHost[host] = t
		}
	}
	e.traffic = counted
	e.table.Store(next)

	// What is idle now and in no table will not be used again: a request counts itself in before it looks whether the
	// table is still the one it chose from.
	for address, u := range e.upstreams {
		if used[address] == nil && u.idle() {
			delete(e.upstreams, address)
		}
	}
}

// Applied is the version of the table in use.
func (e *Edge) Applied() int64 { return e.table.Load().version }

// hosts are all names an app answers to.
func (e *Edge) hosts(app App) []string {
	hosts := make([]string, 0, len(e.cfg.Domains)+len(app.Hosts))
	for _, domain := range e.cfg.Domains {
		hosts = append(hosts, cleanHost(app.Name+"."+domain))
	}
	for _, host := range app.Hosts {
		hosts = append(hosts, cleanHost(host))
	}
	return slices.DeleteFunc(hosts, func(host string) bool { return host == "" })
}
