package java

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/slipway-paas/slipway/executor/bakery/manifest"
	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// tree is a source tree of the given files.
func tree(root string, files map[string]string) runtime.Tree {
	repo := fstest.MapFS{}
	for name, text := range files {
		repo[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return runtime.Tree{Repo: repo, Root: root}
}

func project(inside string) string {
	return "<project><artifactId>shop</artifactId>" + inside + "</project>"
}

const (
	bootPlugin  = "<build><plugins><plugin><groupId>org.springframework.boot</groupId><artifactId>spring-boot-maven-plugin</artifactId></plugin></plugins></build>"
	bootWeb     = "<dependencies><dependency><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-web</artifactId></dependency></dependencies>"
	servletAPI  = "<dependencies><dependency><groupId>%s.servlet</groupId><artifactId>%s.servlet-api</artifactId></dependency></dependencies>"
	mainSource  = "package com.acme;\npublic class Main { public static void main(String[] args) { new java.net.ServerSocket(1); } }"
	printSource = "public class Hello { public static void main(String[] args) { System.out.println(1); } }"
	wrapper810  = "distributionUrl=https\\://services.example/distributions/gradle-8.10-bin.zip\n"
)

func TestDetect(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		root      string
		files     map[string]string
		said      manifest.Manifest
		framework string
		version   string
		finishes  bool
		command   string            // a part of the build command
		options   map[string]string // those that matter
		warnings  []string          // their codes
	}{
		"a Spring Boot service is built by Maven and listens on PORT": {
			files:     map[string]string{"pom.xml": project("<properties><java.version>21</java.version></properties>" + bootWeb + bootPlugin)},
			framework: "Spring Boot", version: "21", command: "mvn -DskipTests package",
			options: map[string]string{optThin: "", optFlags: `-Dserver.port="${PORT:-8080}"`},
		},
		"a Spring Boot program without a web part finishes": {
			files:     map[string]string{"pom.xml": project("<properties><java.version>21</java.version></properties>" + bootPlugin)},
			framework: "Spring Boot", version: "21", finishes: true,
		},
		"Java 17 is given as 21 with a warning": {
			files:   map[string]string{"pom.xml": project("<properties><maven.compiler.release>17</maven.compiler.release></properties>"), "src/main/java/com/acme/Main.java": mainSource},
			version: "21", warnings: []string{runtime.WarnVersion}, options: map[string]string{optThin: "1", optMain: "com.acme.Main"},
			command: "dependency:copy-dependencies",
		},
		"Java 23 is given as 25 with a warning": {
			files:   map[string]string{"pom.xml": project(""), "system.properties": "java.runtime.version=23\n", "src/main/java/com/acme/Main.java": mainSource},
			version: "25", warnings: []string{runtime.WarnVersion},
		},
		"Java 27 does not exist here and is said so": {
			files:   map[string]string{"pom.xml": project(""), ".java-version": "27-tem\n", "src/main/java/com/acme/Main.java": mainSource},
			version: "25", warnings: []string{runtime.WarnVersion},
		},
		"the class of Kotlin's main function is named after its file": {
			files:     map[string]string{"pom.xml": project(strings.ReplaceAll(bootWeb, "org.springframework.boot", "io.javalin")), "src/main/kotlin/shop-app.kt": "package com.acme\n\nfun main(args: Array<String>) { }\n"},
			framework: "Javalin", version: "21", options: map[string]string{optMain: "com.acme.Shop_appKt"},
		},
		"of a Kotlin file that names its class, it is that one": {
			files:     map[string]string{"pom.xml": project(strings.ReplaceAll(bootWeb, "org.springframework.boot", "io.javalin")), "src/main/kotlin/Main.kt": "@file:JvmName(\"Shop\")\nsuspend fun main() { }\n"},
			framework: "Javalin", version: "21", options: map[string]string{optMain: "Shop"},
		},
		"system.properties wins over the pom": {
			files:   map[string]string{"pom.xml": project("<properties><java.version>21</java.version></properties>"), "system.properties": "java.runtime.version = 25\n", "src/main/java/com/acme/Main.java": mainSource},
			version: "25",
		},
		"a jakarta war without a server of its own gets Jetty": {
			files: map[string]string{"pom.xml": project("<packaging>war</packaging>" + strings.ReplaceAll(servletAPI, "%s", "jakarta"))}, version: "21",
			options: map[string]string{optWar: "jakarta", optThin: ""},
		},
		"a javax war without a server of its own gets Tomcat 9": {
			files: map[string]string{"pom.xml": project("<packaging>war</packaging>" + strings.ReplaceAll(servletAPI, "%s", "javax"))}, version: "21",
			options: map[string]string{optWar: "javax"},
		},
		"a war whose plugin may be told not to make it run by itself has a server at hand": {
			files:     map[string]string{"pom.xml": project("<packaging>war</packaging>" + bootWeb + strings.ReplaceAll(bootPlugin, "</plugin>", "<configuration><skip>true</skip></configuration></plugin>"))},
			framework: "Spring Boot", version: "21", options: map[string]string{optWar: "jakarta", optThin: ""},
		},
		"a module is built from the top with what it needs": {
			root: "web",
			files: map[string]string{
				"pom.xml":      project("<packaging>pom</packaging><modules><module>core</module><module>web</module></modules>"),
				"core/pom.xml": project(""), "web/pom.xml": project(bootWeb + bootPlugin),
			},
			framework: "Spring Boot", version: "21", command: "-pl 'web' -am",
			options: map[string]string{optTop: ".", optFiles: "pom.xml\ncore/pom.xml\nweb/pom.xml"},
		},
		"of several runnable modules the page says that one is chosen": {
			files: map[string]string{
				"pom.xml":   project("<packaging>pom</packaging><modules><module>a</module><module>b</module></modules>"),
				"a/pom.xml": project(bootWeb + bootPlugin), "b/pom.xml": project(bootWeb + bootPlugin),
			},
			framework: "Spring Boot", version: "21", warnings: []string{runtime.WarnSeveral},
		},
		"a pom in another language is Maven's too": {
			files: map[string]string{"pom.groovy": "project {\n dependencies { dependency('org.eclipse.jetty:jetty-servlet:7') }\n}\n", ".mvn/extensions.xml": ""}, version: "21",
			command: "mvn -DskipTests package", options: map[string]string{optFiles: "pom.groovy\n.mvn/extensions.xml", optThin: "1"},
		},
		"the Maven wrapper chooses Maven": {
			files:   map[string]string{"pom.xml": project(bootWeb), "mvnw": "#!/bin/sh", ".mvn/wrapper/maven-wrapper.properties": ""},
			version: "21", framework: "Spring Boot", command: "sh ./mvnw ",
		},
		"a Gradle application with its wrapper is installed as a folder": {
			files: map[string]string{"build.gradle": "plugins { id 'application' }\ndependencies { implementation 'io.javalin:javalin:6' }\njava { toolchain { languageVersion = JavaLanguageVersion.of(21) } }",
				"gradlew": "", wrapperFile: wrapper810, "gradle/wrapper/gradle-wrapper.jar": ""},
			framework: "Javalin", version: "21", command: "sh ./gradlew 'installDist'",
			options: map[string]string{optDist: "gradle-8.10-bin.zip", optWrapper: "1"},
		},
		"what Debian's Gradle can read is built by it where the wrapper's cannot be fetched, and the page says so": {
			files: map[string]string{"build.gradle": "apply plugin: 'java'\napply plugin: 'application'\nmainClassName = 'com.acme.Main'\n", "src/main/java/com/acme/Main.java": mainSource,
				"gradlew": "", wrapperFile: wrapper810, "gradle/wrapper/gradle-wrapper.jar": ""},
			version: "21", options: map[string]string{optBeyond: "", optDist: "gradle-8.10-bin.zip", optWrapper: "1"}, warnings: []string{runtime.WarnVersion},
		},
		"a Gradle as old as Debian's is Debian's": {
			files: map[string]string{"build.gradle": "apply plugin: 'java'\n// io.javalin", "gradlew": "",
				wrapperFile: strings.ReplaceAll(wrapper810, "8.10", "4.0"), "gradle/wrapper/gradle-wrapper.jar": ""},
			framework: "Javalin", version: "21", command: "gradle 'assemble'", options: map[string]string{optWrapper: ""}, warnings: []string{runtime.WarnVersion},
		},
		"a wrapper without its jar is none": {
			files:     map[string]string{"build.gradle.kts": "// io.javalin", "gradlew": "", wrapperFile: wrapper810},
			framework: "Javalin", version: "21", options: map[string]string{optWrapper: "", optBeyond: "build files in Kotlin"}, warnings: []string{runtime.WarnUnlocked},
		},
		"a Kotlin plugin that Debian's Gradle is too old for is said to be": {
			files:     map[string]string{"build.gradle": "buildscript { dependencies { classpath 'org.jetbrains.kotlin:kotlin-gradle-plugin:1.3.61' } }\n// io.javalin"},
			framework: "Javalin", version: "21", options: map[string]string{optBeyond: "a Kotlin plugin newer than 1.3.50"}, warnings: []string{runtime.WarnUnlocked},
		},
		"one that it can load is not": {
			files:     map[string]string{"build.gradle": "buildscript { dependencies { classpath 'org.jetbrains.kotlin:kotlin-gradle-plugin:1.3.50' } }\n// io.javalin"},
			framework: "Javalin", version: "21", options: map[string]string{optBeyond: ""}, warnings: []string{runtime.WarnUnlocked},
		},
		"Grails is recognised by its name of today": {
			files:     map[string]string{"build.gradle": "plugins { id 'org.apache.grails.gradle.grails-web' version '7.0.0' }"},
			framework: "Grails", version: "21", options: map[string]string{optBeyond: "a Grails plugin newer than 6"}, warnings: []string{runtime.WarnUnlocked},
		},
		"an unpacked Spring Boot jar is run as it lies": {
			files:     map[string]string{"META-INF/MANIFEST.MF": "Manifest-Version: 1.0\r\nMain-Class: org.acme.Launcher\r\n", "BOOT-INF/classes/x": ""},
			framework: "Spring Boot", version: "21", options: map[string]string{optTool: toolUnpacked, optMain: "org.acme.Launcher", optFlags: `-Dserver.port="${PORT:-8080}"`},
		},
		"what lies in a hidden folder is no source of the app": {
			files: map[string]string{"Hello.java": printSource, ".mvn/wrapper/Downloader.java": strings.ReplaceAll(printSource, "Hello", "Downloader")}, version: "21",
			finishes: true, options: map[string]string{optMain: "Hello"},
		},
		"a Gradle too old for the Java is the nearest newer one": {
			files: map[string]string{"build.gradle.kts": `plugins { id("org.springframework.boot") }` + "\n// spring-boot-starter-web",
				"gradlew": "", wrapperFile: strings.ReplaceAll(wrapper810, "8.10", "7.6"), "gradle/wrapper/gradle-wrapper.jar": ""},
			framework: "Spring Boot", version: "21", command: "'bootJar'", warnings: []string{runtime.WarnVersion},
		},
		"Gradle without a wrapper is Debian's, and the page says so": {
			files: map[string]string{"build.gradle": "apply plugin: 'application'", "src/main/java/com/acme/Main.java": mainSource}, version: "21",
			command: "gradle 'installDist'", warnings: []string{runtime.WarnUnlocked},
		},
		"a project of a Gradle build is built by its path": {
			root: "services/api",
			files: map[string]string{"settings.gradle": "include ':services:api'", "services/api/build.gradle": "plugins { id 'application' }\n// io.ktor",
				"gradlew": "", wrapperFile: wrapper810, "gradle/wrapper/gradle-wrapper.jar": ""},
			framework: "Ktor", version: "21", command: "':services:api:installDist'", options: map[string]string{optTop: "."}, warnings: []string{runtime.WarnVersion},
		},
		"a stage task is what Heroku runs, and so is it here": {
			files: map[string]string{"build.gradle": "apply plugin: 'application'\ntask stage { dependsOn 'installDist' }\n// io.javalin",
				"gradlew": "", wrapperFile: wrapper810, "gradle/wrapper/gradle-wrapper.jar": ""},
			framework: "Javalin", version: "21", command: "'stage'", warnings: []string{runtime.WarnVersion},
		},
		"sources without a build tool are compiled, and a program that prints finishes": {
			files: map[string]string{"Hello.java": printSource}, version: "21", finishes: true, command: "javac", options: map[string]string{optMain: "Hello"},
		},
		"of several main classes the telling name is started": {
			files:   map[string]string{"A.java": strings.ReplaceAll(printSource, "Hello", "A"), "Server.java": strings.ReplaceAll(printSource, "Hello", "Server")},
			version: "21", finishes: true, options: map[string]string{optMain: "Server"}, warnings: []string{runtime.WarnSeveral},
		},
		"a jar that was built elsewhere only needs a Java runtime": {
			files: map[string]string{"app.jar": "PK"}, version: "21", options: map[string]string{optTool: toolNone},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := tree(cmp.Or(tt.root, "."), tt.files)
			in.Manifest = tt.said
			v, err := Runtime{}.Detect(in)
			if err != nil || v.Score == 0 {
				t.Fatalf("Detect: score %d, error %v", v.Score, err)
			}
			p := v.Plan
			if p.Framework != tt.framework || p.Version != tt.version || p.Run.Finishes != tt.finishes {
				t.Errorf("framework %q version %q finishes %v, want %q %q %v", p.Framework, p.Version, p.Run.Finishes, tt.framework, tt.version, tt.finishes)
			}
			if command := settingOf(p, runtime.SettingBuild); !strings.Contains(command, tt.command) {
				t.Errorf("build command %q does not contain %q", command, tt.command)
			}
			for k, want := range tt.options {
				if got := p.Build.Options[k]; got != want {
					t.Errorf("option %s = %q, want %q", k, got, want)
				}
			}
			var codes []string
			for _, w := range p.Warnings {
				codes = append(codes, w.Code)
			}
			if !slices.Equal(codes, tt.warnings) {
				t.Errorf("warnings %v, want %v", p.Warnings, tt.warnings)
			}
			if len(p.Saw) == 0 || p.Why == "" {
				t.Errorf("nothing says what was seen (%v) and why (%q)", p.Saw, p.Why)
			}
		})
	}
}

func settingOf(p paas.Plan, name string) string {
	for _, s := range p.Settings {
		if s.Name == name {
			return s.Value
		}
	}
	return ""
}

func TestDetectLeavesOtherTreesAlone(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]map[string]string{
		"an empty tree":     {},
		"a Node.js project": {"package.json": "{}"},
		"only versions":     {"system.properties": "java.runtime.version=21"},
	} {
		if v, err := (Runtime{}).Detect(tree(".", files)); err != nil || v.Score != 0 {
			t.Errorf("%s: score %d, error %v", name, v.Score, err)
		}
	}
}

func TestWrongPOMNamesItsLine(t *testing.T) {
	t.Parallel()
	_, err := Runtime{}.Detect(tree(".", map[string]string{"pom.xml": "<project>\n<modules>\n</project>"}))
	var e *paas.Error
	if !errors.As(err, &e) || e.Kind != paas.Invalid || !strings.Contains(e.Message, "pom.xml line 3") {
		t.Errorf("error %v does not name the line", err)
	}
}

func TestMajor(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int{"17": 17, "1.8": 8, "21.0.2-tem": 21, "temurin-17.0.9+9": 17, "openjdk 11": 11, "": 0, "latest": 0} {
		if got := major(in); got != want {
			t.Errorf("major(%q) = %d, want %d", in, got, want)
		}
	}
}
