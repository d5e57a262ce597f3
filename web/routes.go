package web

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

const (
	get  = http.MethodGet
	post = http.MethodPost
)

// routes is every address of the portal with who may use it: the pages here, the API's operations from its own table.
func (s *Server) routes() []route {
	table := []route{
		{get, "/assets/:file", public, echo.WrapHandler(s.Assets), false},
		{get, "/healthz", public, s.health, false},
		{get, "/readyz", public, s.ready, false},

		{get, "/setup", public, s.setupShow, false},
		{post, "/setup", public, s.setupCreate, false},
		{get, "/sign-in", public, s.sessionNew, false},
		{post, "/sign-in", public, s.sessionCreate, false},
		{post, "/sign-out", public, s.sessionDelete, false},
		{post, "/theme", public, s.themeSet, false},

		{get, "/live", signedIn, s.hub.Follow, false},
		{get, "/palette", member, s.paletteList, false},

		{get, "/", signedIn, s.appList, true},
		{get, "/apps/new", member, s.appNew, false},
		{post, "/apps/inspect", member, s.appInspect, false},
		{get, "/apps/new/:inspection", member, s.appReview, true},
		{post, "/apps/new/:inspection", member, s.appCreate, false},
		{get, "/apps/:app", member, s.appShow, true},
		{post, "/apps/:app/stop", member, s.appStop, false},
		{post, "/apps/:app/start", member, s.appStart, false},
		{post, "/apps/:app/scale", member, s.appScale, false},
		{get, "/apps/:app/settings", member, s.appSettings, false},
		{post, "/apps/:app/settings/source", member, s.appUpdateSource, false},
		{post, "/apps/:app/settings/run", member, s.appUpdateRun, false},
		{post, "/apps/:app/destroy", owner, s.appDestroy, false},

		{get, "/apps/:app/deployments", member, s.deploymentList, true},
		{post, "/apps/:app/deployments", member, s.deploymentCreate, false},
		{get, "/apps/:app/deployments/:number", member, s.deploymentShow, true},
		{get, "/apps/:app/deployments/:number/dockerfile", member, s.deploymentDockerfile, false},
		{post, "/apps/:app/deployments/:number/cancel", member, s.deploymentCancel, false},
		{get, "/apps/:app/releases", member, s.releaseList, true},
		{get, "/apps/:app/rollback", member, s.rollbackShow, false},
		{post, "/apps/:app/rollback", member, s.rollbackCreate, false},
		{get, "/apps/:app/variables", member, s.variableList, false},
		{post, "/apps/:app/variables", member, s.variableSet, false},
		{post, "/apps/:app/variables/unset", member, s.variableUnset, false},

		{get, "/apps/:app/logs", member, s.logs.Show, true},
		{get, "/apps/:app/logs/lines", member, s.logs.MergedLines, false},
		{get, "/apps/:app/logs/search", member, s.logs.MergedSearch, false},
		{get, "/apps/:app/logs/place", member, s.logs.MergedPlace, false},
		{get, "/apps/:app/logs/plain", member, s.logs.MergedPlain, false},
		{get, "/apps/:app/logs/raw.gz", member, s.logs.MergedDownload, false},
		{get, "/logs/:kind/:id/lines", member, s.logs.Lines, false},
		{get, "/logs/:kind/:id/search", member, s.logs.Search, false},
		{get, "/logs/:kind/:id/plain", member, s.logs.Plain, false},
		{get, "/logs/:kind/:id/raw.gz", member, s.logs.Download, false},

		{get, "/nodes", operator, s.nodeList, true},
		{get, "/nodes/:node", operator, s.nodeShow, true},

		{get, "/members", member, s.memberList, false},
		{post, "/members", owner, s.memberAdd, false},
		{post, "/members/remove", owner, s.memberRemove, false},
		{get, "/credentials", member, s.credentialList, false},
		{post, "/credentials", owner, s.credentialCreate, false},
		{post, "/credentials/delete", owner, s.credentialDelete, false},
		{get, "/tokens", signedIn, s.tokenList, false},
		{post, "/tokens", signedIn, s.tokenCreate, false},
		{post, "/tokens/revoke", signedIn, s.tokenRevoke, false},
		{get, "/account", signedIn, s.accountShow, false},
		{post, "/account/password", signedIn, s.accountPassword, false},
	}
	return append(table, s.apiRoutes()...)
}
