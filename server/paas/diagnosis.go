package paas

import "fmt"

// Code is a stable failure code, shown to people and kept for ever: SLP-1xxx the source and its build, SLP-2xxx
// warnings, SLP-3xxx starting and running, SLP-4xxx placement, SLP-5xxx the platform.
type Code string

// The failure codes.
const (
	CodeUnreachable    Code = "SLP-1001" // repository cannot be reached
	CodeRepoAuth       Code = "SLP-1002" // asks for a password
	CodeNoSuchRef      Code = "SLP-1003"
	CodeEmptyRepo      Code = "SLP-1004"
	CodeRepoTooLarge   Code = "SLP-1005"
	CodeFetchTimeout   Code = "SLP-1006"
	CodeNoRuntime      Code = "SLP-1007" // nothing fits
	CodeManifest       Code = "SLP-1008" // slipway.yaml, Procfile or app.json is wrong
	CodeNoSuchRoot     Code = "SLP-1009" // the subdirectory is not there
	CodeNoProcess      Code = "SLP-1010" // nothing says what to start
	CodeBuildFailed    Code = "SLP-1101" // a step of the build failed
	CodeBuildMemory    Code = "SLP-1102"
	CodeBuildTime      Code = "SLP-1103"
	CodeBuildDisk      Code = "SLP-1104"
	CodeBuildLog       Code = "SLP-1105" // printed too much
	CodeMissingEnv     Code = "SLP-1106" // app.json requires a variable that has no value
	CodeBuildHost      Code = "SLP-1107" // a host that the build needs cannot be reached
	CodeReleaseFailed  Code = "SLP-3001" // the release command failed
	CodeNoCommand      Code = "SLP-3002" // no such command
	CodeCrashed        Code = "SLP-3003" // exit code other than 0
	CodeOutOfMemory    Code = "SLP-3004"
	CodeNotListening   Code = "SLP-3005" // does not listen on PORT
	CodeUnhealthy      Code = "SLP-3006" // answers, but with 500 or more
	CodeExitedEarly    Code = "SLP-3007" // exit 0, though a server was expected
	CodeStartTimeout   Code = "SLP-3008" // neither answered nor ended in time
	CodeImageMissing   Code = "SLP-3009"
	CodeNoCapacity     Code = "SLP-4001"
	CodeEngineFault    Code = "SLP-5001"
	CodePlatformFault  Code = "SLP-5002"
	CodeBaseBakeFailed Code = "SLP-5003" // the base or runtime image cannot be baked
	CodeDiskFull       Code = "SLP-5004" // the machine has no disk space left
)

// Diagnosis says why something failed: a stable code, the cause, the evidence and the one next action.
type Diagnosis struct {
	Code     Code     `json:"code"`
	Title    string   `json:"title"`              // "The app does not listen on PORT"
	Cause    string   `json:"cause"`              // one sentence with this case's facts
	Evidence []string `json:"evidence,omitempty"` // lines of output, status and body excerpt
	Next     string   `json:"next"`               // what to do now
	Fault    Fault    `json:"fault"`
	Step     string   `json:"step,omitempty"` // phase or build step that failed
	LogLine  int64    `json:"logLine,omitempty"`
}

// Error makes a diagnosis travel as an error through the layers that do not care.
func (d *Diagnosis) Error() string { return fmt.Sprintf("%s: %s", d.Code, d.Cause) }

type definition struct {
	title, next string
	fault       Fault
}

// Diagnose makes the diagnosis of code with this case's cause. Title, next action and fault come from the catalogue,
// so that a code always reads the same.
func Diagnose(code Code, cause string, evidence ...string) *Diagnosis {
	d := catalogue[code]
	return &Diagnosis{Code: code, Title: d.title, Cause: cause, Evidence: evidence, Next: d.next, Fault: d.fault}
}

// Codes lists the catalogue, for docs and tests.
func Codes() []Code {
	codes := make([]Code, 0, len(catalogue))
	for c := range catalogue {
		codes = append(codes, c)
	}
	return codes
}

var catalogue = map[Code]definition{
	CodeUnreachable:    {"The repository cannot be reached", "Check the address and that this machine may reach it, then deploy again.", FaultUser},
	CodeRepoAuth:       {"The repository asks for a password", "Add a token or deploy key under Credentials and choose it in the app's settings.", FaultUser},
	CodeNoSuchRef:      {"There is no such branch, tag or commit", "Correct the branch in the app's settings, or push it.", FaultUser},
	CodeEmptyRepo:      {"The repository is empty", "Push a first commit, then deploy again.", FaultUser},
	CodeRepoTooLarge:   {"The repository is too large", "Remove large files from its history or ask the operator to raise the limit.", FaultUser},
	CodeFetchTimeout:   {"Fetching the source took too long", "Deploy again; if it repeats, check the network and the repository's size.", FaultUser},
	CodeNoRuntime:      {"No runtime fits the source", "Add one of the files that were looked for, a Dockerfile, or name a runtime in the settings.", FaultUser},
	CodeManifest:       {"A settings file in the repository is wrong", "Correct the named line, push, and deploy again.", FaultUser},
	CodeNoSuchRoot:     {"The app's folder is not in the repository", "Correct the folder in the app's settings.", FaultUser},
	CodeNoProcess:      {"Nothing says what to start", "Say it in a Procfile (`web: COMMAND`), push, and deploy again.", FaultUser},
	CodeBuildFailed:    {"The build failed", "Read the failing step's last lines below, correct the source, push, and deploy again.", FaultUser},
	CodeBuildMemory:    {"The build ran out of memory", "Make the build smaller, or ask the operator to raise the limit of a build (SLIPWAY_BUILD_MEMORY).", FaultUser},
	CodeBuildTime:      {"The build took too long", "Find the step that hangs in the log, or ask the operator to raise the limit.", FaultUser},
	CodeBuildDisk:      {"The build filled its disk", "Write less during the build or ask the operator to raise the limit.", FaultUser},
	CodeBuildLog:       {"The build printed too much", "Make the build quieter, then deploy again.", FaultUser},
	CodeMissingEnv:     {"A required variable has no value", "Set it under Variables, then deploy again.", FaultUser},
	CodeBuildHost:      {"The build could not reach a host", "Check that this machine may reach it, or ask the operator for a mirror; then deploy again.", FaultUser},
	CodeReleaseFailed:  {"The release command failed", "Read its log, correct it, and deploy again. The old version still has all traffic.", FaultUser},
	CodeNoCommand:      {"The start command does not exist", "Correct the command in the Procfile or in the settings.", FaultUser},
	CodeCrashed:        {"The app crashed", "Read the last lines of its log below.", FaultUser},
	CodeOutOfMemory:    {"The app ran out of memory", "Raise its memory under Resources, or make it use less.", FaultUser},
	CodeNotListening:   {"The app does not listen on PORT", "Make it listen on 0.0.0.0 and the port in the PORT variable.", FaultUser},
	CodeUnhealthy:      {"The app answers with errors", "Look at the answer and the log below, or set another health path.", FaultUser},
	CodeExitedEarly:    {"The app ended instead of serving", "If it should serve requests, check its start command; if it is a program that finishes, say `finishes: true` under `run` in slipway.yaml.", FaultUser},
	CodeStartTimeout:   {"The app did not get ready in time", "Raise the start timeout in the settings, or make it start faster.", FaultUser},
	CodeImageMissing:   {"The image is gone", "Deploy or roll back once more: the image is then built again from its commit.", FaultPlatform},
	CodeNoCapacity:     {"No node has room for the app", "Ask for less under Resources, scale something down, or add a node.", FaultUser},
	CodeEngineFault:    {"The container engine failed", "Deploy again; if it repeats, tell the operator this code.", FaultPlatform},
	CodePlatformFault:  {"Slipway itself failed", "Deploy again; if it repeats, tell the operator this code.", FaultPlatform},
	CodeBaseBakeFailed: {"The runtime's image could not be prepared", "Ask the operator to read Slipway's log (`slipway up --verbose` says more); deploy again afterwards.", FaultPlatform},
	CodeDiskFull:       {"The machine's disk is nearly full", "Slipway removes what it can; deploy again in a minute. If it repeats, ask the operator to free space (docs/operations.md, Disk).", FaultPlatform},
}
