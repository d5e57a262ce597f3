package dockerfile

import (
	"regexp"
	"strconv"
	"strings"
)

// stage is what the last stage of a Dockerfile says about how its image runs.
type stage struct {
	port        int    // the first TCP port it exposes; 0 when none
	numericUser string // "1000" or "1000:1000"; "" for root, for a name, and for none
}

// userNumbers matches a USER that needs no /etc/passwd to be understood and is not root.
var userNumbers = regexp.MustCompile(`^[1-9][0-9]{0,8}(:[0-9]{1,9})?$`)

// lastStage reads EXPOSE and USER after the last FROM. Values with variables in them are left alone.
func lastStage(text string) stage {
	var s stage
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		switch strings.ToUpper(words[0]) {
		case "FROM":
			s = stage{}
		case "EXPOSE":
			number, protocol, _ := strings.Cut(words[1], "/")
			if port, err := strconv.Atoi(number); err == nil && port > 0 && port < 65536 && protocol != "udp" && s.port == 0 {
				s.port = port
			}
		case "USER":
			s.numericUser = ""
			if userNumbers.MatchString(words[1]) {
				s.numericUser = words[1]
			}
		}
	}
	return s
}
