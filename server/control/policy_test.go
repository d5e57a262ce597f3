package control_test

import (
	"context"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
)

// verb is one act of an actor on what belongs to the team crew, and who may do it.
type verb struct {
	do                func(ctx context.Context, d *desk, a paas.Actor) error
	owner, member     paas.Kind // "" means that it works
	otherTeam, nobody paas.Kind
	theirs            bool // acts on the actor's own things: nothing of another team can be named
}

func id64(n int64) string { return strconv.FormatInt(n, 10) }

// verbs is the policy: every verb that takes an actor. TestEveryVerbHasAPolicy holds it complete.
func verbs(d *desk, app paas.App, deployment paas.Deployment, task paas.Task, cred paas.Credential, inspection paas.Inspection) map[string]verb {
	hidden := func(do func(context.Context, *desk, paas.Actor) error) verb {
		return verb{do: do, otherTeam: paas.NotFound, nobody: paas.NotFound}
	}
	owners := func(do func(context.Context, *desk, paas.Actor) error) verb {
		return verb{do: do, member: paas.Forbidden, otherTeam: paas.NotFound, nobody: paas.NotFound}
	}
	operators := func(do func(context.Context, *desk, paas.Actor) error) verb {
		return verb{do: do, member: paas.Forbidden, otherTeam: paas.Forbidden, nobody: paas.Forbidden}
	}
	mine := func(nobody paas.Kind, do func(context.Context, *desk, paas.Actor) error) verb {
		return verb{do: do, nobody: nobody, theirs: true}
	}
	repo := "https://git.example.com/crew/new.git"
	return map[string]verb{
		"App": hidden(func(ctx context.Context, d *desk, a paas.Actor) error {
			_, err := d.Control.App(ctx, a, app.Name)
			return err
		}),
		"AppUpdate": hidden(func(ctx context.Context, d *desk, a paas.Actor) error {
			_, err := d.AppUpdate(ctx, a, app.Name, control.AppUpdate{Repo: &repo})
			return err
		}),
		"AppDestroy": owners(func(ctx context.Context, d *desk, a paas.Actor) error {
			return d.AppDestroy(ctx, a, app.Name, app.Name)
		}),
		"AppStop":  hidden(func(ctx context.Context, d *desk, a paas.Actor) error { return d.AppStop(ctx, a, app.Name) }),
		"AppStart": hidden(func(ctx context.Context, d *desk, a paas.Actor) error { return d.AppStart(ctx, a, app.Name) }),
		"Variables": hidden(func(ctx context.Context, d *desk, a paas.Actor) error {
			_, err := d.Variables(ctx, a, app.Name)
			return err
		}),
		"VariablesSet": hidden(func(ctx context.Context, d *desk, a paas.Actor) error {
			return d.VariablesSet(ctx, a, app.Name, map[string]string{"A": "1"}, nil)
		}),
		"Scale": hidden(func(ctx context.Context, d *desk, a paas.Actor) error {
			return d.Scale(ctx, a, app.Name, map[string]int{"web": 2})
		}),
		"Deploy": hidden(func(ctx context.Context, d *desk, a paas.Actor) error {
			_, err := d.Deploy(ctx, a, app.Name, control.DeployRequest{})
			return err
		}),
		"Rollback": hidden(func(ctx context.Context, d *desk, a paas.Actor) error {
			_, err := d.Rollback(ctx, a, app.Name, 1)
			return err
		}),
		"Cancel": hidden(func(ctx context.Context, d *desk, a paas.Actor) error {
			_, err := d.Cancel(ctx, a, app.Name, deployment.Number)
			return err
		}),
		"Plan": hidden(func(ctx context.Context, d *desk, a paas.Actor) error {
			_, err := d.Control.Plan(ctx, a, app.Name)
			return err
		}),
		"Deployments": hidden(func(ctx context.Context, d *desk, a paas.Actor) error {
			_, err := d.Deployments(ctx, a, app.Name, control.Page{})
			return err
		}),
		"Deployment": hidden(func(ctx context.Context, d *desk, a paas.Actor) error {
			_, err := d.Control.Deployment(ctx, a, app.Name, deployment.Number)
			return err
		}),
		"Releases": hidden(func(ctx context.Context, d *desk, a paas.Actor) error {
			_, err := d.Releases(ctx, a, app.Name, control.Page{})
			return err
		}),
		"Build": hidden(func(ctx context.Context, d *desk, a paas.Actor) error {
			_, _, err := d.Control.Build(ctx, a, app.Name, 1)
			return err
		}),
		"Tasks": hidden(func(ctx context.Context, d *desk, a paas.Actor) error {
			_, err := d.Control.Tasks(ctx, a, app.Name)
			return err
		}),
		"LogTasks": hidden(func(ctx context.Context, d *desk, a paas.Actor) error {
			_, err := d.Control.LogTasks(ctx, a, app.Name, 10)
			return err
		}),
		"Task": hidden(func(ctx context.Context, d *desk, a paas.Actor) error { _, err := d.Task(ctx, a, task.ID); return err }),
		"Events": hidden(func(ctx context.Context, d *desk, a paas.Actor) error {
			_, err := d.Events(ctx, a, app.Name, control.Page{})
			return err
		}),
		"Inspection": hidden(func(ctx context.Context, d *desk, a paas.Actor) error {
			_, err := d.Control.Inspection(ctx, a, inspection.ID)
			return err
		}),
		"Inspect": hidden(func(ctx context.Context, d *desk, a paas.Actor) error {
			_, err := d.Inspect(ctx, a, control.InspectRequest{Team: "crew", Repo: repo})
			return err
		}),
		"AppCreate": hidden(func(ctx context.Context, d *desk, a paas.Actor) error {
			_, _, err := d.AppCreate(ctx, a, control.AppCreate{Team: "crew", Name: "new-one", Repo: repo})
			return err
		}),
		"CanFollow": hidden(func(ctx context.Context, d *desk, a paas.Actor) error {
			return d.CanFollow(ctx, a, paas.Topic("app:"+id64(app.ID)))
		}),
		"Members": hidden(func(ctx context.Context, d *desk, a paas.Actor) error {
			_, err := d.Members(ctx, a, "crew")
			return err
		}),
		"MemberAdd": owners(func(ctx context.Context, d *desk, a paas.Actor) error {
			_, err := d.MemberAdd(ctx, a, "crew", "eve@example.com", "Eve", paas.RoleMember)
			return err
		}),
		"MemberRemove": {
			do: func(ctx context.Context, d *desk, a paas.Actor) error {
				return d.MemberRemove(ctx, a, "crew", d.bob.UserID)
			},
			member:    "", // everybody may leave
			otherTeam: paas.NotFound, nobody: paas.NotFound,
		},
		"Credentials": hidden(func(ctx context.Context, d *desk, a paas.Actor) error {
			_, err := d.Control.Credentials(ctx, a, "crew")
			return err
		}),
		"CredentialCreate": owners(func(ctx context.Context, d *desk, a paas.Actor) error {
			_, err := d.CredentialCreate(ctx, a, "crew", "another", paas.CredentialToken, "", "hunter2-hunter2")
			return err
		}),
		"CredentialDelete": owners(func(ctx context.Context, d *desk, a paas.Actor) error {
			return d.CredentialDelete(ctx, a, "crew", cred.ID)
		}),
		"Nodes": operators(func(ctx context.Context, d *desk, a paas.Actor) error { _, err := d.Nodes(ctx, a); return err }),
		"Node": operators(func(ctx context.Context, d *desk, a paas.Actor) error {
			_, err := d.Control.Node(ctx, a, "one")
			return err
		}),

		"Apps": mine("", func(ctx context.Context, d *desk, a paas.Actor) error {
			_, err := d.Apps(ctx, a, "", control.Page{})
			return err
		}),
		"Teams":  mine("", func(ctx context.Context, d *desk, a paas.Actor) error { _, err := d.Teams(ctx, a); return err }),
		"Tokens": mine("", func(ctx context.Context, d *desk, a paas.Actor) error { _, err := d.Tokens(ctx, a); return err }),
		"TokenCreate": mine(paas.Unauthorized, func(ctx context.Context, d *desk, a paas.Actor) error {
			_, _, err := d.TokenCreate(ctx, a, "mine", 0)
			return err
		}),
		"TokenRevoke": {
			do:     func(ctx context.Context, d *desk, a paas.Actor) error { return d.TokenRevoke(ctx, a, 1) }, // Ada's
			member: paas.NotFound, otherTeam: paas.NotFound, nobody: paas.NotFound,
		},
		"PasswordChange": {
			do: func(ctx context.Context, d *desk, a paas.Actor) error {
				return d.PasswordChange(ctx, a, password, "another long password")
			},
			member: paas.Invalid, otherTeam: paas.Invalid, nobody: paas.NotFound, // Ada's password is nobody else's
		},
	}
}

func TestEveryVerbKeepsOtherTeamsOut(t *testing.T) {
	t.Parallel()
	for name := range verbs(nil, paas.App{}, paas.Deployment{}, paas.Task{}, paas.Credential{}, paas.Inspection{}) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, d *desk) {
				app := d.create(t, "shop")
				node := d.World.Node("one")
				_, _, first := d.Live(app, node, 1)
				_, _, _ = d.Live(app, node, 1)
				waiting := d.World.Deployment(app)
				cred, err := d.CredentialCreate(t.Context(), d.ada, "", "forge", paas.CredentialToken, "", "hunter2-hunter2")
				if err != nil {
					t.Fatal(err)
				}
				look, err := d.Inspect(t.Context(), d.ada, control.InspectRequest{Repo: "https://git.example.com/crew/shop.git"})
				if err != nil {
					t.Fatal(err)
				}
				if _, _, err := d.TokenCreate(t.Context(), d.ada, "first", 0); err != nil {
					t.Fatal(err)
				}
				if name == "AppStop" || name == "AppDestroy" {
					if _, err := d.Cancel(t.Context(), d.ada, app.Name, 0); err != nil {
						t.Fatal(err)
					}
				}
				v := verbs(d, app, waiting, d.World.Tasks(first.ID)[0], cred, look)[name]
				for _, try := range []struct {
					who   string
					actor paas.Actor
					want  paas.Kind
				}{
					// Who may not comes first: what works may change what the next one finds.
					{"nobody", d.stranger, v.nobody}, {"another team's owner", d.mallory, v.otherTeam}, {"a member", d.bob, v.member}, {"an owner", d.ada, v.owner},
				} {
					err := v.do(t.Context(), d, try.actor)
					switch {
					case try.who == "an owner" && v.member == "" && oneTime[name]:
						// The member did it already.
					case try.want == "" && err != nil:
						t.Errorf("%s by %s: %v", name, try.who, err)
					case try.want != "" && (err == nil || paas.KindOf(err) != try.want):
						t.Errorf("%s by %s: %v, want %s", name, try.who, err, try.want)
					}
				}
			})
		})
	}
}

// oneTime are verbs that cannot be done twice in a row.
var oneTime = map[string]bool{"AppCreate": true, "MemberRemove": true}

func TestEveryVerbHasAPolicy(t *testing.T) {
	t.Parallel()
	actor := reflect.TypeFor[paas.Actor]()
	policy := verbs(nil, paas.App{}, paas.Deployment{}, paas.Task{}, paas.Credential{}, paas.Inspection{})
	of := reflect.TypeFor[*control.Control]()
	for i := range of.NumMethod() {
		m := of.Method(i)
		var in []reflect.Type
		for j := range m.Type.NumIn() {
			in = append(in, m.Type.In(j))
		}
		if _, listed := policy[m.Name]; slices.Contains(in, actor) != listed {
			t.Errorf("%s takes an actor: %v; has a policy in this test: %v", m.Name, !listed, listed)
		}
	}
}
