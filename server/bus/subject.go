package bus

import (
	"strings"

	"github.com/slipway-paas/slipway/server/paas"
)

// The subjects. All start with "slipway." so that an outside cluster can be shared with other programs.
const (
	streamName   = "SLIPWAY_LOGS"
	logPrefix    = "slipway.logs."   // what shippers publish; stored
	storedPrefix = "slipway.stored." // the server's announcement of a stored batch
	hintPrefix   = "slipway.hint."   // hints; not stored
)

// longestTopic bounds a topic's length in bytes.
const longestTopic = 128

// subject turns "logs:task:17" into prefix + "logs.task.17". Only letters, digits, '-' and '_' may stand between the
// colons, so that no topic can name the subjects of others.
func subject(prefix string, topic paas.Topic) (string, error) {
	if topic == "" || len(topic) > longestTopic {
		return "", paas.Errorf(paas.Invalid, "%q is not a topic.", clip(topic))
	}
	for part := range strings.SplitSeq(string(topic), ":") {
		if part == "" || strings.ContainsFunc(part, notInTopic) {
			return "", paas.Errorf(paas.Invalid, "%q is not a topic.", clip(topic))
		}
	}
	return prefix + strings.ReplaceAll(string(topic), ":", "."), nil
}

func notInTopic(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
}

// topicOf is the topic of a subject under prefix.
func topicOf(prefix, subject string) paas.Topic {
	return paas.Topic(strings.ReplaceAll(strings.TrimPrefix(subject, prefix), ".", ":"))
}

func clip(topic paas.Topic) string {
	return string(topic[:min(len(topic), longestTopic)])
}

// logTopic is the topic whose subject holds a log's lines: "logs:task:17" is slipway.logs.task.17.
func logTopic(topic paas.Topic) paas.Topic {
	name, ok := strings.CutPrefix(string(topic), "logs:")
	if !ok {
		return "" // not a topic of lines: refused by subject
	}
	return paas.Topic(name)
}
