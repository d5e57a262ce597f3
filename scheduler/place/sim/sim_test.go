package sim

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"reflect"
	"testing"
	"time"
)

// Run checks every plan against the simulator's own books and fails when one
// breaks a capacity, starts on a node that takes nothing, or displaces a
// critical task.
func TestAnHourOfEveryScenario(t *testing.T) {
	t.Parallel()
	for _, s := range Scenarios() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			r, err := Run(s)
			if err != nil {
				t.Fatal(err)
			}
			t.Log(r.String())
			if r.Arrived < 2000 || r.Finished < r.Arrived/2 {
				t.Errorf("only %d of %d tasks finished", r.Finished, r.Arrived)
			}
			if last := r.Samples[len(r.Samples)-1]; last.Waiting[0] > 20 {
				t.Errorf("%d critical tasks still wait at the end", last.Waiting[0])
			}
			if r.WaitP50[0] > 5*time.Second {
				t.Errorf("half of the critical tasks wait %s or more", r.WaitP50[0])
			}
		})
	}
}

func TestARunCanBeRepeated(t *testing.T) {
	t.Parallel()
	s := Scenarios()[1]
	s.Length = 10 * time.Minute
	first, err := Run(s)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Run(s)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(first, second) {
		t.Errorf("two runs of one seed differ: %s\n%s", &first, &second)
	}
}

func TestALostZoneIsReplacedElsewhere(t *testing.T) {
	t.Parallel()
	s := Scenarios()[2]
	r, err := Run(s)
	if err != nil {
		t.Fatal(err)
	}
	if r.Restarted == 0 {
		t.Error("no task was restarted, though a zone was lost")
	}
	for _, x := range r.Samples {
		if x.At == s.LoseAt+5*time.Minute && x.Waiting[0] > 10 {
			t.Errorf("five minutes after the loss %d critical tasks wait", x.Waiting[0])
		}
	}
}

func TestChartsAreWellFormedAndShowEveryPanel(t *testing.T) {
	t.Parallel()
	s := Scenarios()[0]
	s.Length = 5 * time.Minute
	r, err := Run(s)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Chart(&b, &r); err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(&b)
	paths := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "path" {
			paths++
		}
	}
	if paths != 9 {
		t.Errorf("got %d lines, want 9", paths)
	}
}
