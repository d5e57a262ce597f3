package paas

import "fmt"

// Resources are what one task may use. They are limits and what placement reserves at the same time: memory is never
// overcommitted.
type Resources struct {
	CPUMillis   int64 `json:"cpuMillis,omitempty"`   // thousandths of a core
	MemoryBytes int64 `json:"memoryBytes,omitempty"` // bytes; swap is off
	DiskBytes   int64 `json:"diskBytes,omitempty"`   // size of the writable tmpfs and log files together
}

// DefaultResources are given to a process whose owner asked for nothing.
var DefaultResources = Resources{CPUMillis: 500, MemoryBytes: 512 << 20, DiskBytes: 256 << 20}

// Or fills the zero fields of r from d.
func (r Resources) Or(d Resources) Resources {
	if r.CPUMillis == 0 {
		r.CPUMillis = d.CPUMillis
	}
	if r.MemoryBytes == 0 {
		r.MemoryBytes = d.MemoryBytes
	}
	if r.DiskBytes == 0 {
		r.DiskBytes = d.DiskBytes
	}
	return r
}

// No machine has more; sums over all tasks of a fleet stay far from overflowing.
const (
	maxCPUMillis = 1024 * 1000
	maxBytes     = 64 << 40
)

// Validate checks what a person asked for; field prefixes the wrong field's name.
func (r Resources) Validate(field string) error {
	var errs FieldErrors
	if r.CPUMillis != 0 && (r.CPUMillis < 10 || r.CPUMillis > maxCPUMillis) {
		errs = append(errs, FieldErrorf(field+".cpu", "CPU must be from 0.01 to 1024 cores."))
	}
	if r.MemoryBytes != 0 && (r.MemoryBytes < 16<<20 || r.MemoryBytes > maxBytes) {
		errs = append(errs, FieldErrorf(field+".memory", "Memory must be from 16 MiB to 64 TiB."))
	}
	if r.DiskBytes != 0 && (r.DiskBytes < 16<<20 || r.DiskBytes > maxBytes) {
		errs = append(errs, FieldErrorf(field+".disk", "Scratch space must be from 16 MiB to 64 TiB."))
	}
	return errs.Or()
}

// Bytes shows a size for people: "512 MiB", "1.5 GiB".
func Bytes(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	v, i := float64(n), 0
	for v >= 1024 && i < len(units)-1 {
		v, i = v/1024, i+1
	}
	if v == float64(int64(v)) {
		return fmt.Sprintf("%d %s", int64(v), units[i])
	}
	return fmt.Sprintf("%.1f %s", v, units[i])
}

// Cores shows thousandths of a core for people: "0.5 cores", "1 core".
func Cores(millis int64) string {
	if millis == 1000 {
		return "1 core"
	}
	return fmt.Sprintf("%g cores", float64(millis)/1000)
}
