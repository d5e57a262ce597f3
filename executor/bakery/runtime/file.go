package runtime

import "path"

// WriteFile is the shell command that makes a file with the given text in the image; for RunLocal and Run. BuildKit 0.8
// has no other way to bring in a file that is not part of the app.
func WriteFile(name, text string) string {
	return "mkdir -p " + path.Dir(name) + " && printf %s " + Quote(text) + " >" + name
}
