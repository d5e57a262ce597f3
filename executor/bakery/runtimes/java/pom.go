package java

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/manifest"
	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// pom is what Slipway looks at in one pom.xml.
type pom struct {
	Dir string `xml:"-"` // its folder in the repository

	Parent       artifact   `xml:"parent"`
	ArtifactID   string     `xml:"artifactId"`
	Packaging    string     `xml:"packaging"` // "" means jar
	Properties   properties `xml:"properties"`
	Modules      []string   `xml:"modules>module"`
	Dependencies []artifact `xml:"dependencies>dependency"`
	Plugins      []plugin   `xml:"build>plugins>plugin"`
	Managed      []plugin   `xml:"build>pluginManagement>plugins>plugin"`

	mainClass string
}

type artifact struct {
	GroupID    string `xml:"groupId"`
	ArtifactID string `xml:"artifactId"`
	Scope      string `xml:"scope"`
}

func (a artifact) String() string { return a.GroupID + ":" + a.ArtifactID }

type plugin struct {
	GroupID    string `xml:"groupId"`
	ArtifactID string `xml:"artifactId"`
	Release    string `xml:"configuration>release"`
	Target     string `xml:"configuration>target"`
}

// properties is Maven's free-form <properties>.
type properties map[string]string

// UnmarshalXML implements xml.Unmarshaler.
func (p *properties) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	var raw struct {
		All []struct {
			XMLName xml.Name
			Value   string `xml:",chardata"`
		} `xml:",any"`
	}
	if err := d.DecodeElement(&raw, &start); err != nil {
		return err
	}
	*p = properties{}
	for _, e := range raw.All {
		(*p)[e.XMLName.Local] = strings.TrimSpace(e.Value)
	}
	return nil
}

var mainClassTag = regexp.MustCompile(`<(?:mainClass|exec\.mainClass|start-class|main\.class)>\s*([\w.$]+)\s*</`)

// readPOM reads the pom.xml of a folder of the repository; nil when there is none.
func readPOM(tree runtime.Tree, dir string) (*pom, error) {
	name := path.Join(dir, "pom.xml")
	data, ok := tree.ReadRepo(name)
	if !ok {
		return nil, nil
	}
	p := &pom{Dir: dir}
	d := xml.NewDecoder(bytes.NewReader(data))
	// Names and versions are ASCII in any charset a pom.xml is written in.
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	d.Strict = true
	if err := d.Decode(p); err != nil {
		var syntax *xml.SyntaxError
		if errors.As(err, &syntax) {
			return nil, paas.Errorf(paas.Invalid, "%s line %d is not valid XML: %s.", name, syntax.Line, syntax.Msg).Because(err)
		}
		return nil, paas.Errorf(paas.Invalid, "%s cannot be read as a Maven project.", name).Because(fmt.Errorf("decode %s: %w", name, err))
	}
	if m := mainClassTag.FindSubmatch(data); m != nil {
		p.mainClass = string(m[1])
	}
	return p, nil
}

// maxModules bounds how many modules of a reactor are looked at.
const maxModules = 300

// reactor is the Maven build an app belongs to: the top pom.xml and every module below it.
type reactor struct {
	Dir  string // folder of the top pom.xml in the repository
	All  []*pom // the top one first
	Root *pom   // the app's own
	sign string // the pom in another language, of which nothing but its words is known; "" for pom.xml
}

// readReactor finds the build that the app's folder is a module of; nil when the folder has no pom.xml.
func readReactor(tree runtime.Tree) (*reactor, error) {
	own, err := readPOM(tree, tree.Root)
	if own == nil || err != nil {
		return nil, err
	}
	top := own
	for dir := tree.Root; dir != "."; {
		dir = path.Dir(dir)
		above, err := readPOM(tree, dir)
		if err != nil {
			return nil, err
		}
		if above != nil && above.lists(top.Dir) {
			top = above
		}
	}
	r := &reactor{Dir: top.Dir, Root: own}
	err = r.add(tree, top)
	return r, err
}

// lists reports whether p names the module in dir itself or a folder above it.
func (p *pom) lists(dir string) bool {
	return slices.ContainsFunc(p.Modules, func(m string) bool {
		at := path.Join(p.Dir, strings.TrimSpace(m))
		return dir == at || strings.HasPrefix(dir, at+"/")
	})
}

func (r *reactor) add(tree runtime.Tree, p *pom) error {
	if slices.ContainsFunc(r.All, func(q *pom) bool { return q.Dir == p.Dir }) {
		return nil
	}
	r.All = append(r.All, p)
	if p.Dir == r.Root.Dir {
		r.Root = p
	}
	for _, m := range p.Modules {
		dir := path.Join(p.Dir, strings.TrimSuffix(strings.TrimSpace(m), "/pom.xml"))
		if len(r.All) >= maxModules || strings.HasPrefix(dir, "..") {
			continue
		}
		child, err := readPOM(tree, dir)
		if err != nil {
			return err
		}
		if child != nil {
			if err := r.add(tree, child); err != nil {
				return err
			}
		}
	}
	return nil
}

// below are the poms at the app's folder and under it: what would be started is one of them.
func (r *reactor) below() []*pom {
	var all []*pom
	for _, p := range r.All {
		if r.Root.Dir == "." || p.Dir == r.Root.Dir || strings.HasPrefix(p.Dir, r.Root.Dir+"/") {
			all = append(all, p)
		}
	}
	return all
}

// libraries are all dependencies, parents and plugins by group:artifact.
func (r *reactor) libraries() []string {
	var all []string
	for _, p := range r.All {
		all = append(all, p.Parent.String())
		for _, d := range p.Dependencies {
			if d.Scope != "test" {
				all = append(all, d.String())
			}
		}
		for _, pl := range slices.Concat(p.Plugins, p.Managed) {
			all = append(all, pl.GroupID+":"+pl.ArtifactID)
		}
	}
	return all
}

// release is the Java version the poms compile for.
func (r *reactor) release() manifest.Value[string] {
	for _, p := range slices.Concat([]*pom{r.Root}, r.All) {
		source := path.Join(p.Dir, "pom.xml")
		for _, name := range []string{"maven.compiler.release", "java.version", "jdk.version", "maven.compiler.target", "maven.compiler.source"} {
			if v := p.Properties[name]; major(v) > 0 && !strings.Contains(v, "${") {
				return manifest.Value[string]{Value: v, Source: source + " (" + name + ")"}
			}
		}
		for _, pl := range slices.Concat(p.Plugins, p.Managed) {
			for _, v := range []string{pl.Release, pl.Target} {
				if pl.ArtifactID == "maven-compiler-plugin" && major(v) > 0 && !strings.Contains(v, "${") {
					return manifest.Value[string]{Value: v, Source: source + " (maven-compiler-plugin)"}
				}
			}
		}
	}
	return manifest.Value[string]{}
}
