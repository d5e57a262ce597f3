package runtime

import (
	"path"
	"strings"
)

// WriteFile is the shell command that makes a file with the given text in the image; for RunLocal and Run. BuildKit 0.8
// has no other way to bring in a file that is not part of the app.
func WriteFile(name, text string) string {
	return "mkdir -p " + path.Dir(name) + " && printf %s " + Quote(text) + " >" + name
}

// stopped begins the line with which a build step of ours says why it ends the build.
const stopped = "Slipway stopped the build: "

// nextAction parts the cause from what to do now in such a line.
const nextAction = " Next: "

// StopLine is the line for a step's script to print before it fails: the page shows these words as the reason instead
// of the exit code. words are the cause, then "Next: " and what to do now.
func StopLine(words string) string { return stopped + words }

// Stopped finds the reason that a step of ours gave among its last lines; false when it gave none.
func Stopped(lines []string) (cause, next string, ok bool) {
	for i := len(lines) - 1; i >= 0; i-- {
		if words, found := strings.CutPrefix(lines[i], stopped); found {
			cause, next, _ = strings.Cut(words, nextAction)
			return cause, next, true
		}
	}
	return "", "", false
}
