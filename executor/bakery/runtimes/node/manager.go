package node

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// manager is the package manager of a project.
type manager struct {
	name    string // npm, yarn, pnpm or bun
	version string // what to install of it: "9.1.0", "4"; "" is the npm that comes with Node.js
	berry   bool   // yarn 2 or newer
	lock    string // the lock file's name in the workspace's root; "" when there is none
	unfit   string // why npm or yarn 1 would refuse the lock file: "it lacks chalk ^5, which package.json asks for"; "" when it fits
	source  string // what decided
}

// managerVersion is an exact version or a simple range. Anything else never reaches a command.
var managerVersion = regexp.MustCompile(`^[\^~]?[0-9]+(\.[0-9x]+){0,2}(-[0-9A-Za-z.]+)?$`)

// chooseManager believes the packageManager field, then Volta's pin, devEngines, engines and mise or asdf, then the lock
// file.
func chooseManager(p *project) (manager, error) {
	m := manager{name: "npm", source: "default"}
	for _, lock := range locks {
		if p.repo.Has(path.Join(p.top, lock)) {
			m.lock, m.source = lock, lock
			m.name = managerOfLock(lock)
			break
		}
	}
	field, dev := p.topPkg.PackageManager, p.topPkg.DevManager
	if field != "" {
		name, version, _ := strings.Cut(field, "@")
		version, _, _ = strings.Cut(version, "+")
		if version != "" && !managerVersion.MatchString(version) {
			return m, paas.FieldErrorf("packageManager", "%s: packageManager is %q, which is not a name and a version such as pnpm@9.1.0.",
				path.Join(p.top, "package.json"), field)
		}
		m.name, m.version, m.source = name, version, "package.json packageManager"
	} else if v := p.topPkg.Volta[m.name]; managerVersion.MatchString(v) {
		m.version, m.source = v, "package.json volta."+m.name
	} else if slices.Contains(managers, dev.Name) {
		m.name, m.version, m.source = dev.Name, dev.Version, "package.json devEngines.packageManager"
	} else {
		m.ask(p)
	}
	if m.lock != "" && managerOfLock(m.lock) != m.name {
		m.lock = ""
		for _, lock := range locks {
			if managerOfLock(lock) == m.name && p.repo.Has(path.Join(p.top, lock)) {
				m.lock = lock
			}
		}
	}
	return m, m.settle(p)
}

// managers are the package managers that Slipway knows beside npm.
var managers = []string{"pnpm", "yarn", "bun"}

// ask takes the version that engines or a tool's file names for the manager; without a lock file, their naming a manager
// chooses it.
func (m *manager) ask(p *project) {
	for _, name := range managers {
		if name != m.name && m.lock != "" {
			continue
		}
		version, source := p.topPkg.Engines[name], "package.json engines."+name
		if version == "" {
			version, source = p.tool(p.top, name)
		}
		if version != "" {
			m.name, m.version, m.source = name, version, source
			return
		}
	}
}

var (
	majorAtLeast = regexp.MustCompile(`^>= *([0-9]+)[0-9.]*$`)
	firstNumber  = regexp.MustCompile(`[0-9]+`)
)

// settle gives the manager the version that will be installed.
func (m *manager) settle(p *project) error {
	asked := m.version
	if !managerVersion.MatchString(m.version) {
		m.version = ""
	}
	switch m.name {
	case "npm":
		if data, ok := p.repo.Read(path.Join(p.top, m.lock)); ok && m.lock != "" {
			m.unfit = p.unfitLock(data)
		}
	case "pnpm":
		if m.version == "" {
			m.version = pnpmFor(p.lockText(*m))
			if floor := majorAtLeast.FindStringSubmatch(asked); floor != nil && number(floor[1]) > number(m.version) {
				m.version = floor[1]
			}
		}
	case "yarn":
		m.berry = m.version != "" && number(firstNumber.FindString(m.version)) > 1
		if m.version == "" {
			m.version, m.berry = yarnFor(p.lockText(*m), p.repo.Has(path.Join(p.top, ".yarnrc.yml")))
		}
		if m.lock != "" && !m.berry {
			m.unfit = p.unfitYarnLock(p.lockText(*m))
		}
	case "bun":
		m.version = cmp.Or(m.version, "1")
	default:
		return paas.FieldErrorf("packageManager", "%s: Slipway knows the package managers npm, yarn, pnpm and bun, not %q.",
			path.Join(p.top, "package.json"), m.name)
	}
	return nil
}

// number reads digits; what is none is 0.
func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

func managerOfLock(lock string) string {
	switch lock {
	case "pnpm-lock.yaml":
		return "pnpm"
	case "yarn.lock":
		return "yarn"
	case "bun.lock", "bun.lockb":
		return "bun"
	default:
		return "npm"
	}
}

func (p *project) lockText(m manager) string {
	data, ok := p.repo.Read(path.Join(p.top, m.lock))
	if m.lock == "" || !ok {
		return ""
	}
	return string(data[:min(len(data), 4096)])
}

// pnpmFor is the newest pnpm that reads a lock file as it is: pnpm refuses or rewrites older formats when frozen.
// Source: pnpm's release notes, "lockfile format".
func pnpmFor(lock string) string {
	switch {
	case strings.Contains(lock, "lockfileVersion: 5"), strings.Contains(lock, "lockfileVersion: '5"):
		return "7"
	case strings.Contains(lock, "lockfileVersion: '6"), strings.Contains(lock, "lockfileVersion: 6"):
		return "8"
	default:
		return "10"
	}
}

var yarnMetadata = regexp.MustCompile(`__metadata:\s+version: ?"?([0-9]+)`)

// yarnFor tells yarn 1's lock from the newer ones by its header, and these by their metadata's version.
func yarnFor(lock string, berryConfig bool) (version string, berry bool) {
	found := yarnMetadata.FindStringSubmatch(lock)
	switch {
	case found == nil && !(berryConfig && !strings.Contains(lock, "yarn lockfile v1")):
		return "1", false
	case found != nil && len(found[1]) == 1 && found[1] < "8":
		return "3", true
	default:
		return "4", true
	}
}

// yarnPackage is the npm package of yarn 2 and newer.
const yarnPackage = "@yarnpkg/cli-dist"

// packageSpec is what npm installs to get the manager; "" when Node.js brought it.
func (m manager) packageSpec() string {
	switch {
	case m.version == "":
		return ""
	case m.berry:
		return yarnPackage + "@" + m.version
	default:
		return m.name + "@" + m.version
	}
}

// String is the manager for people: "pnpm 9.1.0".
func (m manager) String() string { return strings.TrimSpace(m.name + " " + m.version) }

// install is the command that installs all dependencies, those for development too: the build needs them.
func (m manager) install() string {
	frozen := m.lock != ""
	switch {
	case m.name == "pnpm" && frozen:
		return "pnpm install --frozen-lockfile"
	case m.name == "pnpm":
		return "pnpm install --no-frozen-lockfile"
	case m.berry && frozen:
		return "yarn install --immutable"
	case m.berry:
		return "yarn install --no-immutable"
	case m.name == "yarn" && frozen && m.unfit == "":
		return "yarn install --frozen-lockfile"
	case m.name == "yarn":
		return "yarn install"
	case m.name == "bun" && frozen:
		return "bun install --frozen-lockfile"
	case m.name == "bun":
		return "bun install"
	case frozen && m.unfit == "":
		return "npm ci"
	default:
		return "npm install" // it keeps to what an unfit lock does fix
	}
}

// runScript runs a script of the package in the working folder.
func (m manager) runScript(script string) string { return m.name + " run " + script }

// runIn runs a script of another package of the workspace, from the workspace's root.
func (m manager) runIn(dir, script string) string {
	return "(cd " + runtime.Quote(dir) + " && " + m.runScript(script) + ")"
}

// prune takes development dependencies out again; "" where that is not safe or not possible in place.
func (m manager) prune() string {
	switch {
	case m.name == "npm":
		return "npm prune --omit=dev --ignore-scripts"
	case m.name == "pnpm":
		return "CI=true pnpm prune --prod --ignore-scripts"
	case m.name == "yarn" && !m.berry:
		return "yarn install --production --frozen-lockfile --ignore-scripts --prefer-offline"
	default:
		return ""
	}
}

// cache is the mount that keeps downloads between builds, and the variable that points the manager at it.
func (m manager) cache() (mount, env string) {
	target := "/var/cache/slipway/" + m.name
	mount = "--mount=type=cache,id=slipway-" + m.name + ",target=" + target
	switch m.name {
	case "pnpm":
		return mount + " ", "npm_config_store_dir=" + target
	case "yarn":
		// yarn 1 writes its cache in place: two installs at once would disturb each other.
		return mount + ",sharing=locked ", "YARN_CACHE_FOLDER=" + target
	case "bun":
		return mount + " ", "BUN_INSTALL_CACHE_DIR=" + target
	default:
		return mount + " ", "npm_config_cache=" + target
	}
}
