package buildkit

// Sequence numbers the steps of several builds as one list. The zero value starts at 1; one goroutine uses it.
type Sequence struct{ last int }

// Next is the number of one more step.
func (s *Sequence) Next() int {
	s.last++
	return s.last
}

// Relay hands on one build's progress with its steps numbered after those before.
func (s *Sequence) Relay(tell func(Progress)) func(Progress) {
	numbers := map[int]int{}
	number := func(theirs int) int {
		if numbers[theirs] == 0 {
			numbers[theirs] = s.Next()
		}
		return numbers[theirs]
	}
	return func(p Progress) {
		if p.Step != nil {
			step := *p.Step
			step.Number = number(step.Number)
			p.Step = &step
		}
		if p.Line != nil {
			line := *p.Line
			line.Step = number(line.Step)
			p.Line = &line
		}
		tell(p)
	}
}
