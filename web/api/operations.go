package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
)

const (
	get    = http.MethodGet
	post   = http.MethodPost
	put    = http.MethodPut
	patch  = http.MethodPatch
	remove = http.MethodDelete
)

// Operations is the table of the API.
func (a *API) Operations() []Operation {
	since := Parameter{"since", "string", "Begin at this time: a duration before now (15m) or an RFC 3339 time."}
	from := Parameter{"from", "integer", "Number of the first line; negative counts from the end. Default 1."}
	search := append([]Parameter{{"q", "string", "Part of the name."}}, paging...)
	table := []Operation{
		operation(get, "/me", signedIn, "Who I am", a.me),
		operation(get, "/teams", signedIn, "My teams", a.teamList),
		operation(get, "/teams/:team/members", member, "People of a team", a.memberList),
		operation(post, "/teams/:team/members", owner, "Add a person to a team", a.memberAdd).once(),
		operation(remove, "/teams/:team/members/:user", owner, "Remove a person from a team", a.memberRemove),
		operation(get, "/teams/:team/credentials", member, "Credentials of a team", a.credentialList),
		operation(post, "/teams/:team/credentials", owner, "Keep a credential", a.credentialCreate),
		operation(remove, "/teams/:team/credentials/:credential", owner, "Delete a credential", a.credentialDelete),
		operation(get, "/tokens", signedIn, "My API tokens", a.tokenList),
		operation(post, "/tokens", signedIn, "Make an API token", a.tokenCreate).once(),
		operation(remove, "/tokens/:token", signedIn, "Revoke an API token", a.tokenRevoke),

		operation(post, "/inspections", member, "Look at a repository", a.inspectionCreate),
		operation(get, "/inspections/:inspection", member, "What Slipway makes of a repository", a.inspectionShow),
		operation(get, "/apps", member, "Apps of my teams", a.appList, search...),
		operation(post, "/apps", member, "Create an app", a.appCreate),
		operation(get, "/apps/:app", member, "An app", a.appShow),
		operation(patch, "/apps/:app", member, "Change an app", a.appUpdate),
		operation(remove, "/apps/:app", owner, "Destroy an app", a.appDestroy),
		operation(post, "/apps/:app/stop", member, "Stop an app", a.appStop),
		operation(post, "/apps/:app/start", member, "Start a stopped app", a.appStart),
		operation(put, "/apps/:app/scale", member, "Set the number of tasks", a.appScale),
		operation(get, "/apps/:app/plan", member, "What a deploy would do now", a.planShow),
		operation(get, "/apps/:app/deployments", member, "Deployments of an app", a.deploymentList, paging...),
		operation(post, "/apps/:app/deployments", member, "Deploy", a.deploymentCreate),
		operation(get, "/apps/:app/deployments/:number", member, "A deployment", a.deploymentShow),
		operation(post, "/apps/:app/deployments/:number/cancel", member, `Cancel a deployment; the number "active" is the one on its way`, a.deploymentCancel),
		operation(get, "/apps/:app/releases", member, "Releases of an app", a.releaseList, paging...),
		operation(post, "/apps/:app/rollback", member, "Roll back to a release", a.rollback),
		operation(get, "/apps/:app/tasks", member, "Tasks of an app", a.taskList),
		operation(get, "/apps/:app/events", member, "Timeline of an app", a.eventList, paging...),
		operation(get, "/apps/:app/variables", member, "Variables of an app, without values", a.variableList),
		operation(patch, "/apps/:app/variables", member, "Set and remove variables", a.variableSet),
		operation(get, "/logs/:kind/:id", member, `Lines of a log; the kind is "task" or "build"`, a.logRead, from, since, Parameter{"limit", "integer", "At most this many lines, up to 5000; default 1000."}),
		operation(get, "/logs/:kind/:id/follow", member, "Lines of a log, then those that come, one JSON value a line", a.logFollow, from, since).streams(),

		operation(get, "/nodes", operator, "The fleet", a.nodeList),
		operation(get, "/nodes/:node", operator, "A node", a.nodeShow),
	}
	return table
}

// once marks an answer that holds a secret, which is shown once and not kept.
func (o Operation) once() Operation { o.secret = true; return o }

func (o Operation) streams() Operation { o.stream = true; return o }

func (a *API) me(ctx context.Context, r request, _ None) (Me, error) {
	teams, err := a.teamList(ctx, r, None{})
	return Me{Name: r.actor.Name, Operator: r.actor.Operator, Teams: teams.Items}, err
}

func (a *API) teamList(ctx context.Context, r request, _ None) (List[Team], error) {
	teams, err := a.Control.Teams(ctx, r.actor)
	return List[Team]{Items: each(teams, func(t paas.Team) Team { return Team{Name: t.Name, Role: r.actor.Teams[t.ID]} })}, err
}

func (a *API) memberList(ctx context.Context, r request, _ None) (List[Member], error) {
	members, err := a.Control.Members(ctx, r.actor, r.path("team"))
	return List[Member]{Items: each(members, memberOf)}, err
}

func (a *API) memberAdd(ctx context.Context, r request, in MemberAdd) (MemberAdded, error) {
	password, err := a.Control.MemberAdd(ctx, r.actor, r.path("team"), in.Email, in.Name, in.Role)
	return MemberAdded{OneTimePassword: password}, err
}

func (a *API) memberRemove(ctx context.Context, r request, _ None) (None, error) {
	user, err := r.number("user")
	if err != nil {
		return None{}, err
	}
	return None{}, a.Control.MemberRemove(ctx, r.actor, r.path("team"), user)
}

func (a *API) credentialList(ctx context.Context, r request, _ None) (List[Credential], error) {
	credentials, err := a.Control.Credentials(ctx, r.actor, r.path("team"))
	return List[Credential]{Items: each(credentials, credentialOf)}, err
}

func (a *API) credentialCreate(ctx context.Context, r request, in CredentialCreate) (Credential, error) {
	credential, err := a.Control.CredentialCreate(ctx, r.actor, r.path("team"), in.Name, in.Kind, in.Username, in.Secret)
	return credentialOf(credential), err
}

func (a *API) credentialDelete(ctx context.Context, r request, _ None) (None, error) {
	id, err := r.number("credential")
	if err != nil {
		return None{}, err
	}
	return None{}, a.Control.CredentialDelete(ctx, r.actor, r.path("team"), id)
}

func (a *API) tokenList(ctx context.Context, r request, _ None) (List[Token], error) {
	tokens, err := a.Control.Tokens(ctx, r.actor)
	return List[Token]{Items: each(tokens, tokenOf)}, err
}

func (a *API) tokenCreate(ctx context.Context, r request, in TokenCreate) (TokenCreated, error) {
	if in.Days < 1 || in.Days > 365 {
		return TokenCreated{}, paas.FieldErrorf("days", "The number of days must be from 1 to 365.")
	}
	secret, token, err := a.Control.TokenCreate(ctx, r.actor, in.Name, time.Duration(in.Days)*24*time.Hour)
	return TokenCreated{Token: tokenOf(token), Secret: secret}, err
}

func (a *API) tokenRevoke(ctx context.Context, r request, _ None) (None, error) {
	id, err := r.number("token")
	if err != nil {
		return None{}, err
	}
	return None{}, a.Control.TokenRevoke(ctx, r.actor, id)
}

func (a *API) planShow(ctx context.Context, r request, _ None) (Plan, error) {
	plan, err := a.Control.Plan(ctx, r.actor, r.path("app"))
	return planOf(plan), err
}

func (a *API) deploymentList(ctx context.Context, r request, _ None) (List[Deployment], error) {
	page, err := r.page()
	if err != nil {
		return List[Deployment]{}, err
	}
	list, err := a.Control.Deployments(ctx, r.actor, r.path("app"), page)
	return listOf(list, page, deploymentOf, func(d paas.Deployment) int64 { return d.ID }), err
}

// listOf is one part of a list with where it goes on.
func listOf[A, B any](list []A, page control.Page, convert func(A) B, id func(A) int64) List[B] {
	out := List[B]{Items: each(list, convert)}
	if len(list) == page.Limit {
		out.Next = id(list[len(list)-1])
	}
	return out
}

func (a *API) deploymentCreate(ctx context.Context, r request, in Deploy) (Deployment, error) {
	d, err := a.Control.Deploy(ctx, r.actor, r.path("app"), control.DeployRequest(in))
	return deploymentOf(d), err
}

func (a *API) deploymentShow(ctx context.Context, r request, _ None) (DeploymentDetail, error) {
	number, err := r.number("number")
	if err != nil {
		return DeploymentDetail{}, err
	}
	d, err := a.Control.Deployment(ctx, r.actor, r.path("app"), int(number))
	return detailOf(d), err
}

func (a *API) deploymentCancel(ctx context.Context, r request, _ None) (Deployment, error) {
	number := 0
	if s := r.path("number"); s != "active" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return Deployment{}, paas.Errorf(paas.NotFound, "There is no deployment %q.", s)
		}
		number = n
	}
	d, err := a.Control.Cancel(ctx, r.actor, r.path("app"), number)
	return deploymentOf(d), err
}

func (a *API) releaseList(ctx context.Context, r request, _ None) (List[Release], error) {
	page, err := r.page()
	if err != nil {
		return List[Release]{}, err
	}
	list, err := a.Control.Releases(ctx, r.actor, r.path("app"), page)
	return listOf(list, page, releaseOf, func(r paas.Release) int64 { return r.ID }), err
}

func (a *API) rollback(ctx context.Context, r request, in Rollback) (Deployment, error) {
	d, err := a.Control.Rollback(ctx, r.actor, r.path("app"), in.To)
	return deploymentOf(d), err
}

func (a *API) taskList(ctx context.Context, r request, _ None) (List[Task], error) {
	tasks, err := a.Control.Tasks(ctx, r.actor, r.path("app"))
	return List[Task]{Items: each(tasks, taskOf)}, err
}

func (a *API) eventList(ctx context.Context, r request, _ None) (List[Event], error) {
	page, err := r.page()
	if err != nil {
		return List[Event]{}, err
	}
	events, err := a.Control.Events(ctx, r.actor, r.path("app"), page)
	return listOf(events, page, eventOf, func(e paas.Event) int64 { return e.ID }), err
}

func (a *API) nodeList(ctx context.Context, r request, _ None) (List[Node], error) {
	nodes, err := a.Control.Nodes(ctx, r.actor)
	return List[Node]{Items: each(nodes, nodeOf)}, err
}

func (a *API) nodeShow(ctx context.Context, r request, _ None) (Node, error) {
	node, err := a.Control.Node(ctx, r.actor, r.path("node"))
	return nodeOf(node), err
}
