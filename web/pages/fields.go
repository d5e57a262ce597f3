package pages

import (
	"strconv"
	"strings"

	"github.com/slipway-paas/slipway/server/paas"
)

func portText(port int) string {
	if port == 0 {
		port = paas.DefaultPort
	}
	return strconv.Itoa(port)
}

func orSlash(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// memoryText is a size in MiB as the forms have it; 0 shows the platform's default.
func memoryText(bytes int64) string {
	if bytes == 0 {
		bytes = paas.DefaultResources.MemoryBytes
	}
	return strconv.FormatInt(bytes>>20, 10)
}

// coresText is thousandths of a core as the forms have it; 0 shows the platform's default.
func coresText(millis int64) string {
	if millis == 0 {
		millis = paas.DefaultResources.CPUMillis
	}
	return strconv.FormatFloat(float64(millis)/1000, 'f', -1, 64)
}

func needsHint(needs []string) string {
	if len(needs) == 0 {
		return "Kept encrypted; values are never shown again."
	}
	return "The source asks for " + strings.Join(needs, ", ") + ". Kept encrypted; values are never shown again."
}
