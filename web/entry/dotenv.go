package entry

import (
	"strings"

	"github.com/slipway-paas/slipway/server/paas"
)

// ParseVariables reads lines as an .env file has them: NAME=value, "export NAME=value", comments, single quotes as they
// stand, double quotes with \n, \t, \" and \\, values over several lines within quotes. The errors name the line.
func ParseVariables(text string) (map[string]string, error) {
	variables := map[string]string{}
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		line := strings.TrimSpace(lines[i])
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		number := i + 1
		name, value, ok := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		if !ok {
			return nil, paas.FieldErrorf("variables", "Line %d is not NAME=value.", number)
		}
		name, err := paas.ParseVariableName("variables", strings.TrimSpace(name))
		if err != nil {
			return nil, err
		}
		value = strings.TrimLeft(value, " \t")
		if quote := firstOf(value, `"'`); quote != "" {
			body := value[1:]
			end := closing(body, quote[0])
			for end < 0 && i+1 < len(lines) {
				i++
				body += "\n" + lines[i]
				end = closing(body, quote[0])
			}
			if end < 0 {
				return nil, paas.FieldErrorf("variables", "The quote that line %d opens is never closed.", number)
			}
			value = body[:end]
			if quote == `"` {
				value = unescape.Replace(value)
			}
		} else {
			value = strings.TrimSpace(cutComment(value))
		}
		if len(value) > paas.MaxVariableBytes {
			return nil, paas.FieldErrorf("variables", "The value of %s is longer than %s.", name, paas.Bytes(paas.MaxVariableBytes))
		}
		if strings.ContainsRune(value, 0) {
			return nil, paas.FieldErrorf("variables", "The value of %s contains a NUL byte, which no environment can hold.", name)
		}
		variables[name] = value
	}
	return variables, nil
}

var unescape = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t", `\r`, "\r", `\"`, `"`, `\$`, `$`)

func firstOf(s, set string) string {
	if s != "" && strings.Contains(set, s[:1]) {
		return s[:1]
	}
	return ""
}

// closing is where the quote ends; a backslash before it counts inside double quotes only.
func closing(s string, quote byte) int {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quote == '"':
			i++
		case s[i] == quote:
			return i
		}
	}
	return -1
}

// cutComment drops " # …" from an unquoted value; a # without a space before it belongs to the value.
func cutComment(s string) string {
	if i := strings.Index(s, " #"); i >= 0 {
		return s[:i]
	}
	return s
}
