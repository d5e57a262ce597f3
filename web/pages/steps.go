package pages

import (
	"regexp"
	"strings"
)

var (
	// stageOf is BuildKit's prefix of a step: its stage and where in it the step stands, "[install 2/5] ".
	stageOf = regexp.MustCompile(`^\[[^\]]*\]\s*`)
	// options of an instruction, as the Dockerfile has them: "--mount=type=cache".
	options = regexp.MustCompile(`\s--[a-z-]+(?:=\S+)?`)
	fromOf  = regexp.MustCompile(`\s--from=(\S+)`)
	// digest is what names a layer's content in its tag, which tells people nothing.
	digest = regexp.MustCompile(`(?:docker\.io/)?([a-z0-9./-]+)[:@](?:sha256:)?[0-9a-f]{8,64}\b`)
)

// longestStep is how much of a command is shown, in characters; the whole of it is in its tooltip.
const longestStep = 90

// stepTitle says what a step of a build does: an instruction of the Dockerfile as a sentence. What is none is left as it
// is: those words are ours already.
func stepTitle(name string) string {
	text := stageOf.ReplaceAllString(strings.Join(strings.Fields(name), " "), "")
	text = digest.ReplaceAllString(text, "$1")
	verb, rest, _ := strings.Cut(text, " ")
	switch verb {
	case "FROM":
		text = "Start from " + base(rest)
	case "RUN":
		text = ran(strings.TrimSpace(options.ReplaceAllString(" "+rest, "")))
	case "COPY", "ADD":
		text = copied(rest)
	case "WORKDIR":
		text = "Work in " + rest
	case "exporting":
		text = "Export the image"
	}
	if r := []rune(text); len(r) > longestStep {
		text = string(r[:longestStep-1]) + "…"
	}
	return text
}

// own are the folders and files that Slipway's own steps write in a build, and what such a step is for.
var own = []struct{ path, title string }{
	{"/slipway-installed", "Note what is installed"}, {"/slipway-app", "Collect the built app"},
	{"/slipway-site", "Collect the finished site"}, {"/slipway-standalone", "Collect the standalone server"},
}

// ran says what a RUN does: an app's command as it is, one of Slipway's own by its purpose.
func ran(command string) string {
	for _, o := range own {
		if strings.HasPrefix(command, "touch "+o.path) || strings.HasPrefix(command, "mkdir "+o.path) || strings.Contains(command, " "+o.path+" ") {
			return o.title
		}
	}
	return "Run " + command
}

// copied says what a COPY takes and where from.
func copied(rest string) string {
	from := ""
	if m := fromOf.FindStringSubmatch(" " + rest); m != nil {
		from = " from " + base(m[1])
	}
	words := strings.Fields(options.ReplaceAllString(" "+rest, ""))
	if len(words) < 2 {
		return "Copy files" + from
	}
	what := strings.Join(words[:len(words)-1], ", ")
	if what == "." && from == "" {
		what = "the source"
	}
	return "Copy " + what + from
}

// base is an image without the parts of its name that are the same for all.
func base(image string) string {
	image, _, _ = strings.Cut(image, " ")
	return strings.TrimPrefix(strings.TrimPrefix(image, "docker.io/"), "library/")
}
