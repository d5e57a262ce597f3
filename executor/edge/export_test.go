package edge

// CutStreams does what a drain does at its deadline.
func (e *Edge) CutStreams(address string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.upstreams[address].cut()
}
