package scheduler_test

import (
	"testing"

	"github.com/slipway-paas/slipway/server/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }
