package buildkit

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// failedStep says why a step failed, the surest reason first: what a script of ours said, a host that could not be
// reached, else its exit code.
func failedStep(step *paas.Step, last []string) *paas.Diagnosis {
	if cause, next, ok := runtime.Stopped(last); ok {
		d := paas.Diagnose(paas.CodeBuildFailed, cause, last...)
		if next != "" {
			d.Next = next
		}
		return d
	}
	if host := unreachable(last); host != "" {
		return paas.Diagnose(paas.CodeBuildHost, fmt.Sprintf("%s failed: %s, and the build could not reach %s.", step.Name, reason(step.Error), host), last...)
	}
	return paas.Diagnose(paas.CodeBuildFailed, fmt.Sprintf("%s failed: %s.", step.Name, reason(step.Error)), last...)
}

// noRegistry finds the registry that could not be asked for an image. Source: containerd's resolver.
var noRegistry = regexp.MustCompile(`failed to do request: \w+ "?https?://([^/"]+)`)

// missingImage says why an image that a Dockerfile builds on cannot be had.
func missingImage(image, said string) *paas.Diagnosis {
	cause := fmt.Sprintf("The image %s, which the Dockerfile builds on, cannot be had", image)
	if m := noRegistry.FindStringSubmatch(said); m != nil {
		d := paas.Diagnose(paas.CodeBuildHost, cause+": this machine cannot reach "+m[1]+".", said)
		d.Next = "Ask the operator to let this machine reach that registry, or name an image in FROM that it can reach; then deploy again."
		return d
	}
	d := paas.Diagnose(paas.CodeBuildFailed, cause+".", said)
	d.Next = "Correct the image's name and tag in the Dockerfile's FROM; if its registry asks for a password, ask the operator. Then push, and deploy again."
	return d
}

// unknownFlag finds a flag of a Dockerfile's instruction that the engine's BuildKit is too old for, or that nobody knows.
var unknownFlag = regexp.MustCompile(`Unknown flag: ([\w-]+)`)

// wrongDockerfile says what BuildKit found wrong with a Dockerfile.
func wrongDockerfile(said string) *paas.Diagnosis {
	m := unknownFlag.FindStringSubmatch(said)
	if m == nil {
		return paas.Diagnose(paas.CodeBuildFailed, "The Dockerfile is wrong: "+said+".")
	}
	d := paas.Diagnose(paas.CodeBuildFailed, fmt.Sprintf("The Dockerfile uses --%s, which this machine's Docker Engine does not know.", m[1]), said)
	d.Next = fmt.Sprintf("Leave --%s out of the Dockerfile, or ask the operator for a newer Docker Engine; then push, and deploy again.", m[1])
	return d
}

// unreached are how package clients say that a host has no address or does not answer; the first group is the host.
// Sources: the messages of git and curl, Java, Go, Python's urllib3, Node.js, apt.
var unreached = []*regexp.Regexp{
	regexp.MustCompile(`Could not resolve host: ([\w.-]+)`),
	regexp.MustCompile(`UnknownHostException: ([\w.-]+)`),
	regexp.MustCompile(`dial tcp: lookup ([\w.-]+)`),
	regexp.MustCompile(`NameResolutionError\(["'].*?host='([\w.-]+)'`),
	regexp.MustCompile(`[Ff]ailed to resolve '([\w.-]+)'`),
	regexp.MustCompile(`getaddrinfo (?:ENOTFOUND|EAI_AGAIN) ([\w.-]+)`),
	regexp.MustCompile(`Could not resolve '([\w.-]+)'`),
	regexp.MustCompile(`(?:Failed to connect to|unable to connect to) ([\w.-]+)`),
	regexp.MustCompile(`Failed to fetch: \W?https?://([\w.-]+)`),
	regexp.MustCompile(`All attempts to connect to ([\w.-]+) failed`),
	regexp.MustCompile(`HTTPS?Connection(?:Pool)?\(host='([\w.-]+)', port=\d+\): (?:Max retries exceeded|Failed to establish a new connection)`),
	regexp.MustCompile(`([\w-]+(?:\.[\w-]+)+): (?:Name or service not known|Temporary failure in name resolution|Unknown host)`),
}

// refused is how Python's urllib3, and so pip, says that a connection failed, without a word of the host.
var refused = regexp.MustCompile(`Failed to establish a new connection: \[Errno -?\d+\] ([A-Za-z ]+)`)

// unreachable is the host that a step's last lines say could not be reached; "" when they say nothing of the kind.
func unreachable(lines []string) string {
	for _, line := range lines {
		for _, pattern := range unreached {
			if m := pattern.FindStringSubmatch(line); m != nil {
				return m[1]
			}
		}
	}
	for _, line := range lines {
		if m := refused.FindStringSubmatch(line); m != nil {
			return "the package index or another host (" + m[1] + ")"
		}
	}
	return ""
}

// fullHeap matches what V8 and the JVM print when a program has used up the memory it allows itself, which is less than
// what the kernel allows the step.
var fullHeap = regexp.MustCompile(`JavaScript heap out of memory|java\.lang\.OutOfMemoryError`)

// heapFull reports whether a step's last lines say that it ended for want of memory.
func heapFull(lines []string) bool { return slices.ContainsFunc(lines, fullHeap.MatchString) }
