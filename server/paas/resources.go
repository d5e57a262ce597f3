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

// Validate checks what a person asked for; field prefixes the wrong field's name.
func (r Resources) Validate(field string) error {
	var errs FieldErrors
	if r.CPUMillis < 0 || (r.CPUMillis > 0 && r.CPUMillis < 10) {
		errs = append(errs, FieldErrorf(field+".cpu", "CPU must be at least 0.01 cores."))
	}
	if r.MemoryBytes < 0 || (r.MemoryBytes > 0 && r.MemoryBytes < 16<<20) {
		errs = append(errs, FieldErrorf(field+".memory", "Memory must be at least 16 MiB."))
	}
	if r.DiskBytes < 0 || (r.DiskBytes > 0 && r.DiskBytes < 16<<20) {
		errs = append(errs, FieldErrorf(field+".disk", "Scratch space must be at least 16 MiB."))
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
