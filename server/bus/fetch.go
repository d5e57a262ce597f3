package bus

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
)

// Stored batches are read by JetStream's direct get: by place or by subject, many for one request, no consumer to make
// and forget. The request is the server's JSApiMsgGetRequest.
type getRequest struct {
	Seq      uint64 `json:"seq,omitempty"`
	NextFor  string `json:"next_by_subj,omitempty"`
	LastFor  string `json:"last_by_subj,omitempty"`
	Batch    int    `json:"batch,omitempty"`
	MaxBytes int    `json:"max_bytes,omitempty"`
}

const (
	getSubject = "$JS.API.DIRECT.GET." + streamName

	// pageBatches and pageBytes bound one answer: enough that its round trip does not count, little enough that the
	// server's connection is not held by one reader.
	pageBatches = 256
	pageBytes   = 1 << 20

	// pagesAtOnce bounds the pages under way. Hundreds of followers that fell behind wait here for their turn, which makes
	// them slower, rather than for an answer, which would make them give up.
	pagesAtOnce = 4

	// answerWait is how long the server may take for one answer before it counts as down. Far above the worst read of
	// a cold disk.
	answerWait = 10 * time.Second
)

// lastBatch is the last stored batch of a subject; the zero value when there is none.
func (b *Bus) lastBatch(ctx context.Context, of string) (batch, error) {
	return b.getOne(ctx, getRequest{LastFor: of})
}

// nextBatch is the first stored batch of a subject whose place in the stream is at least from; zero when there is none.
func (b *Bus) nextBatch(ctx context.Context, of string, from uint64) (batch, error) {
	return b.getOne(ctx, getRequest{NextFor: of, Seq: from})
}

func (b *Bus) getOne(ctx context.Context, request getRequest) (batch, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return batch{}, fmt.Errorf("ask for a batch of lines: %w", err)
	}
	soon, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	m, err := b.reads.RequestWithContext(soon, getSubject, body)
	if err != nil {
		return batch{}, unavailable(ctx, fmt.Errorf("read a batch of lines: %w", err))
	}
	got, _, err := parse(m)
	return got, err
}

// page gives the stored batches of a subject from a place in the stream on, about pageBytes of them, in order; none at
// the end.
func (b *Bus) page(ctx context.Context, of string, from uint64) ([]batch, error) {
	body, err := json.Marshal(getRequest{NextFor: of, Seq: from, Batch: pageBatches, MaxBytes: pageBytes})
	if err != nil {
		return nil, fmt.Errorf("ask for lines: %w", err)
	}
	select {
	case b.paging <- struct{}{}:
		defer func() { <-b.paging }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	soon, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	inbox := b.reads.NewRespInbox()
	answers, err := b.reads.SubscribeSync(inbox)
	if err != nil {
		return nil, unavailable(ctx, fmt.Errorf("read lines: %w", err))
	}
	defer func() { _ = answers.Unsubscribe() }() // fails only on a closed connection, which has no subscriptions left
	if err := b.reads.PublishRequest(getSubject, inbox, body); err != nil {
		return nil, unavailable(ctx, fmt.Errorf("read lines: %w", err))
	}
	var batches []batch
	for {
		m, err := answers.NextMsgWithContext(soon)
		if err != nil {
			return nil, unavailable(ctx, fmt.Errorf("read lines: %w", err))
		}
		got, end, err := parse(m)
		if err != nil || end {
			return batches, err
		}
		batches = append(batches, got)
	}
}

// parse reads one answer of a direct get. end is true for an answer that says there is nothing more.
func parse(m *nats.Msg) (_ batch, end bool, err error) {
	switch status := m.Header.Get("Status"); status {
	case "":
	case "404", "204": // no such message; end of a page
		return batch{}, true, nil
	default:
		return batch{}, false, fmt.Errorf("read lines: the server answered %s %s", status, m.Header.Get("Description"))
	}
	got, err := stored(m)
	return got, false, err
}

// stored reads a batch as the server sends it, from the store or as an announcement: with its place in the stream.
func stored(m *nats.Msg) (batch, error) {
	got, err := decode(m.Data)
	if err != nil {
		return batch{}, err
	}
	if got.stream, err = strconv.ParseUint(m.Header.Get("Nats-Sequence"), 10, 64); err != nil {
		return batch{}, fmt.Errorf("place of a batch in the stream: %w", err)
	}
	return got, nil
}
