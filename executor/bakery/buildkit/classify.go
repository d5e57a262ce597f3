package buildkit

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/slipway-paas/slipway/server/paas"
)

// classify turns the end of a failed build into its reason.
func classify(ctx, run context.Context, err error, told *told, seen sight, limits paas.Limits) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	step := told.failed()
	stopped := context.Cause(run)
	var d *paas.Diagnosis
	switch {
	case errors.Is(stopped, errTime):
		d = paas.Diagnose(paas.CodeBuildTime, fmt.Sprintf("The build was stopped after %s, its limit.", limits.Time), told.tail(step)...)
		step = told.running(step)
	case errors.Is(stopped, errDisk):
		d = paas.Diagnose(paas.CodeBuildDisk, fmt.Sprintf("The build was stopped after it wrote more than %s, its limit.", paas.Bytes(limits.DiskBytes)), told.tail(step)...)
	case errors.Is(stopped, errSpace):
		d = paas.Diagnose(paas.CodeDiskFull, "The build was stopped because the machine's disk was nearly full.", told.tail(step)...)
	case seen.outOfMemory && step != nil:
		d = paas.Diagnose(paas.CodeBuildMemory, fmt.Sprintf("%s needed more than %s of memory, the limit of a build.", step.Name, paas.Bytes(limits.MemoryBytes)), told.tail(step)...)
	case step != nil && heapFull(told.tail(step)):
		d = paas.Diagnose(paas.CodeBuildMemory, fmt.Sprintf("%s used up the memory that its program allows itself; the limit of a build is %s.", step.Name, paas.Bytes(limits.MemoryBytes)), told.tail(step)...)
	case step != nil && strings.HasPrefix(step.Name, lookForImage):
		d = missingImage(strings.TrimPrefix(step.Name, lookForImage), reason(step.Error))
	case step != nil:
		d = failedStep(step, told.tail(step))
	case refusedDockerfile(err) != "":
		d = wrongDockerfile(refusedDockerfile(err))
	default:
		return fmt.Errorf("build: %w", err)
	}
	if step != nil {
		d.Step = step.Name
	}
	return d
}

// refusals are how BuildKit's Dockerfile frontend begins what it says of a file that it cannot use.
var refusals = []string{"dockerfile parse error ", "failed to create LLB definition: ", "failed to parse stage name ", "the Dockerfile cannot be empty", "no build stage in current context"}

// refusedDockerfile is what the frontend finds wrong with the Dockerfile; "" when it is not that.
func refusedDockerfile(err error) string {
	message := err.Error()
	for _, r := range refusals {
		if i := strings.LastIndex(message, r); i >= 0 {
			return strings.TrimSuffix(strings.TrimSpace(message[i:]), ".")
		}
	}
	return ""
}
