package manifest

import (
	"slices"
	"testing"
)

func TestParseAptfile(t *testing.T) {
	t.Parallel()
	got, err := ParseAptfile([]byte("# for plots\nlibcairo2 ffmpeg\r\n\n:repo:deb https://ppa.example stable main\nhttps://x.example/a.deb\nlibpq5 # for the database\n"))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"libcairo2", "ffmpeg", "libpq5"}; !slices.Equal(got.Build.Packages.Value, want) || got.Build.Packages.Source != "Aptfile line 2" {
		t.Errorf("packages %v, want %v from line 2", got.Build.Packages, want)
	}
	if len(got.Warnings) != 2 {
		t.Errorf("warnings %v, want one for the repository and one for the archive", got.Warnings)
	}
	if empty, err := ParseAptfile([]byte("# nothing\n")); err != nil || empty.Build.Packages.Set() {
		t.Errorf("an empty file says %v, error %v", empty.Build.Packages, err)
	}
}
