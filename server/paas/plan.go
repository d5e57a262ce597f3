package paas

import "time"

// Plan is what detection decided about a source tree: which runtime, how it is built, what is started. It is shown
// to the person before the first deploy with every default visible, and kept with each build.
type Plan struct {
	Runtime   string `json:"runtime"`             // name of the runtime's folder: "node", "java", "dockerfile" …
	Title     string `json:"title"`               // for people: "Node.js"
	Framework string `json:"framework,omitempty"` // what was recognised on top, "Next.js"; may be empty
	Version   string `json:"version,omitempty"`   // the runtime's version that will be used: "22", "21"
	Asked     string `json:"asked,omitempty"`     // what the source asked for, as written: ">=18 <21"

	Saw      []string  `json:"saw"`                // evidence, a sentence each: "package.json depends on express."
	Why      string    `json:"why"`                // one sentence: why this runtime and version were chosen
	Warnings []Warning `json:"warnings,omitempty"` // what the person should know before she deploys

	Processes []Process         `json:"processes"`         // web first; then by name
	Release   Command           `json:"release,omitzero"`  // run once in the new image before traffic moves; may be empty
	Env       map[string]string `json:"env,omitempty"`     // defaults the source declares; the app's variables win
	Needs     []string          `json:"needs,omitempty"`   // variables the source requires and gives no value for
	Secrets   []string          `json:"secrets,omitempty"` // variables that get a random value at the first release without one
	Build     BuildSettings     `json:"build"`
	Run       RunSettings       `json:"run"`
	Settings  []Setting         `json:"settings,omitempty"` // every default with where it came from, for the page
}

// Warning is something that works but may surprise: a version that could not be had, a file that was ignored.
type Warning struct {
	Code    string `json:"code"` // stable: SLP-2xxx
	Message string `json:"message"`
}

// Setting is one visible default.
type Setting struct {
	Name   string `json:"name"`   // "Install command"
	Value  string `json:"value"`  // "npm ci"
	Source string `json:"source"` // who decided: "package-lock.json", "slipway.yaml line 4", "default"
}

// Command is one program start. Exactly one of Args and Line is set; the zero value is no command.
type Command struct {
	Args []string `json:"args,omitempty"` // exec form, run as it stands
	Line string   `json:"line,omitempty"` // as in a Procfile: run by /bin/sh inside the app's own container
}

// IsZero reports whether there is no command.
func (c Command) IsZero() bool { return len(c.Args) == 0 && c.Line == "" }

// ExecArgs is the argument list the container starts. A Procfile line needs a shell for its variables and quotes: the
// one inside the app's own container, never one of the host's. Debian's dash replaces itself by the line's last
// command, so that the program, not the shell, receives SIGTERM.
func (c Command) ExecArgs() []string {
	if c.Line != "" {
		return []string{"/bin/sh", "-c", c.Line}
	}
	return c.Args
}

// String is the command as a person would type it.
func (c Command) String() string {
	if c.Line != "" {
		return c.Line
	}
	return joinArgs(c.Args)
}

// WebProcess is the name of the process type that gets traffic.
const WebProcess = "web"

// Process is one process type of an app. Only "web" gets traffic.
type Process struct {
	Name    string  `json:"name"`
	Command Command `json:"command,omitzero"` // zero: the image's own entry point and command
	Source  string  `json:"source"`           // "Procfile line 1", "package.json scripts.start", "default"
}

// BuildSettings are the knobs of a build that are part of the image's key.
type BuildSettings struct {
	Root       string            `json:"root,omitempty"`       // the app's folder inside the repository; "" or "." is the whole
	Install    string            `json:"install,omitempty"`    // overrides the dependency step, run by the builder container's shell
	Command    string            `json:"command,omitempty"`    // overrides the build step, likewise
	Output     string            `json:"output,omitempty"`     // static sites: folder served, relative to the root
	Dockerfile string            `json:"dockerfile,omitempty"` // path of the app's own Dockerfile, relative to the root
	Packages   []string          `json:"packages,omitempty"`   // extra Debian packages in the image
	Env        map[string]string `json:"env,omitempty"`        // variables visible to the build
	Options    map[string]string `json:"options,omitempty"`    // what the runtime itself wants to remember ("manager": "pnpm@9")
}

// RunSettings are what the task profile needs to know of the app.
type RunSettings struct {
	Port         int           `json:"port"`                   // what PORT will say; 0 means the default (8080)
	HealthPath   string        `json:"healthPath"`             // GET this; any status under 500 is ready; default "/"
	StartTimeout time.Duration `json:"startTimeout,omitempty"` // how long an instance may take to get ready; 0 means the default
	WritableRoot bool          `json:"writableRoot,omitempty"` // the app writes outside /tmp; weakens the profile, and the page says so
	User         string        `json:"user,omitempty"`         // "uid[:gid]" the image insists on; "" means Slipway's 10001:10001
	MemoryBytes  int64         `json:"memoryBytes,omitempty"`  // what the runtime needs at least by default; 0 means the platform default
	Finishes     bool          `json:"finishes,omitempty"`     // a program that prints and exits: exit 0 is success, no traffic expected
	MayFinish    bool          `json:"mayFinish,omitempty"`    // the web process is the person's own command: a server, or a program that prints and exits
}

// DefaultPort is PORT in every container unless the app chose another.
const DefaultPort = 8080

// Limits of build and run that the operator configures; zero means "not limited here".
type Limits struct {
	CPUMillis   int64         `json:"cpuMillis"`   // thousandths of a core
	MemoryBytes int64         `json:"memoryBytes"` // bytes, swap included (swap is off)
	DiskBytes   int64         `json:"diskBytes"`
	LogBytes    int64         `json:"logBytes"`
	Time        time.Duration `json:"time"`
}
