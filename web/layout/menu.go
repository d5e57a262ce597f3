package layout

type theme struct{ value, label, icon string }

var themes = []theme{
	{"", "As the system", "monitor"},
	{"light", "Light", "sun"},
	{"dark", "Dark", "moon"},
}

type shortcut struct {
	keys []string
	does string
}

// shortcuts are listed by "?"; assets/ts/keys.ts carries them out.
var shortcuts = []shortcut{
	{[]string{"Ctrl", "K"}, "Go to anything"},
	{[]string{"/"}, "Search on this page"},
	{[]string{"g", "a"}, "Apps"},
	{[]string{"g", "n"}, "New app"},
	{[]string{"g", "t"}, "Team"},
	{[]string{"g", "o"}, "Overview of this app"},
	{[]string{"g", "d"}, "Deployments of this app"},
	{[]string{"g", "l"}, "Logs of this app"},
	{[]string{"g", "v"}, "Variables of this app"},
	{[]string{"g", "s"}, "Settings of this app"},
	{[]string{"j", "k"}, "Next and previous row"},
	{[]string{"f"}, "Log: follow"},
	{[]string{"n", "N"}, "Log: next and previous match"},
	{[]string{"?"}, "This list"},
}

func pressed(on bool) string {
	if on {
		return "true"
	}
	return "false"
}
