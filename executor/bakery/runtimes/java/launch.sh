#!/bin/sh
# Finds what a Maven or Gradle build has made and writes /opt/slipway/start, the program that starts it.
# Arguments: the app's folder, the class to start when no jar names one, JVM flags for the launcher.
set -eu
app=$1 main=$2 flags=$3
start=/opt/slipway/start
mkdir -p /opt/slipway

say() { echo "Slipway: $*"; }

# quote makes a file name one word of the launcher.
quote() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"; }

launch() {
	printf '#!/bin/sh\nexec %s "$@"\n' "$1" >"$start"
	chmod 0755 "$start"
	say "the app starts with: $1"
	exit 0
}

run_java() { launch "java ${flags:+$flags }\$JAVA_OPTS $1"; }

# has FILE ENTRY: the archive holds the entry.
has() { unzip -l "$1" "$2" >/dev/null 2>&1; }

# attribute FILE NAME: an attribute of the archive's manifest.
attribute() {
	unzip -p "$1" META-INF/MANIFEST.MF 2>/dev/null | tr -d '\r' | sed -n "s/^$2: *//p" | head -n 1
}

# largest lists the archives that match, the largest first: the one with everything in it.
largest() {
	find "$app" -regextype posix-extended -type f -regex "$1" \
		! -path '*/node_modules/*' ! -name '*-sources.*' ! -name '*-javadoc.*' ! -name '*-tests.*' \
		! -name '*-test-fixtures.*' ! -name 'original-*' ! -name '*-plain.*' -printf '%s %p\n' 2>/dev/null |
		sort -rn | cut -d' ' -f2-
}

# of_javax WAR: it is made for javax.servlet, as Tomcat had it until 9 and Spring until 5.
of_javax() {
	[ "${SLIPWAY_SERVLET:-}" = javax ] || unzip -l "$1" | grep -qE 'WEB-INF/lib/(spring-web-[1-5]|javax\.servlet)' ||
		unzip -p "$1" 'WEB-INF/classes/*.class' 2>/dev/null | grep -aq 'javax/servlet/'
}

for jar in $(find "$app" -path '*/quarkus-app/quarkus-run.jar' -type f); do
	run_java "-jar $(quote "$jar")"
done

find "$app" \( -path '*/build/install/*/bin/*' -o -path '*/target/appassembler/bin/*' \) -type f ! -name '*.bat' |
	sort >/tmp/scripts
while read -r script; do
	[ "$(wc -l </tmp/scripts)" -gt 1 ] && say "several programs were built; the first is started, a Procfile can name another:" && cat /tmp/scripts
	launch "env JAVA_OPTS=\"${flags:+$(printf '%s' "$flags" | sed 's/"//g') }\$JAVA_OPTS\" $(quote "$script")"
done </tmp/scripts

largest '.*/(target|build/libs)/[^/]*\.jar' >/tmp/jars
[ -s /tmp/jars ] || find "$app" -maxdepth 1 -name '*.jar' -type f >/tmp/jars
named='' plain=''
while read -r jar; do
	class=$(attribute "$jar" Main-Class)
	if [ -n "$class" ] && [ -z "$named" ]; then named=$jar named_class=$class; fi
	[ -n "$plain" ] || plain=$jar
done </tmp/jars

largest '.*/(target|build/libs)/[^/]*\.war' >/tmp/wars
[ -s /tmp/wars ] || find "$app" -maxdepth 1 -name '*.war' -type f >/tmp/wars
while read -r war; do
	if [ -n "$(attribute "$war" Main-Class)" ]; then run_java "-jar $(quote "$war")"; fi
	[ -d /opt/runners ] || continue
	if of_javax "$war"; then
		cp /opt/runners/webapp-runner.jar /opt/slipway/
		run_java "-jar /opt/slipway/webapp-runner.jar --port \"\${PORT:-8080}\" --temp-directory /tmp/webapp $(quote "$war")"
	fi
	cp /opt/runners/jetty-ee10-runner.jar /opt/slipway/
	run_java "-jar /opt/slipway/jetty-ee10-runner.jar --port \"\${PORT:-8080}\" $(quote "$war")"
done </tmp/wars

# with_libraries JAR CLASS: on a class path with what the build put beside the jar.
with_libraries() {
	beside=$(dirname "$1")/dependency
	run_java "-cp $(quote "$1:$beside/*") $2"
}

if [ -n "$named" ]; then
	if [ -d "$(dirname "$named")/dependency" ] && ! has "$named" 'BOOT-INF/*' && [ -z "$(attribute "$named" Class-Path)" ]; then
		with_libraries "$named" "$named_class"
	fi
	run_java "-jar $(quote "$named")"
fi
if [ -n "$plain" ] && [ -n "$main" ]; then with_libraries "$plain" "$main"; fi

example="Say what to start: name the command in a Procfile, such as web: java -cp 'target/classes:target/dependency/*' com.example.Main; push, and deploy again."
if [ -n "$plain" ]; then
	say "none of these says which class to start (Main-Class), and no single class of the sources has a main method:"
	cat /tmp/jars
	reason="None of the jars that the build made says which class to start (Main-Class)."
elif [ -s /tmp/wars ]; then
	say "none of these runs by itself, and nothing said before the build that it makes a war:"
	cat /tmp/wars
	reason="The war that the build made does not run by itself (it has no Main-Class)."
	example="Declare it (<packaging>war</packaging> in pom.xml, the war plugin of Gradle), and a servlet container is put beside it; push, and deploy again."
else
	say "the build made no .jar or .war in target/ or build/libs/."
	reason="The build made no .jar or .war in target or build/libs."
fi
# An app whose Procfile says how it starts needs no launcher.
printf '#!/bin/sh\necho "Slipway: the build made nothing that can be started; name the command in a Procfile." >&2\nexit 127\n' >"$start"
chmod 0755 "$start"
[ "${SLIPWAY_LAUNCHER:-required}" = optional ] && exit 0
echo "Slipway stopped the build: $reason Next: $example"
exit 1
