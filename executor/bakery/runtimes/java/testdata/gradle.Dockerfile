FROM slipway/java-21-gradle AS build
WORKDIR /app
COPY ["build.gradle","/app/build.gradle"]
COPY ["gradlew","/app/gradlew"]
COPY ["gradle/wrapper/gradle-wrapper.jar","/app/gradle/wrapper/gradle-wrapper.jar"]
COPY ["gradle/wrapper/gradle-wrapper.properties","/app/gradle/wrapper/gradle-wrapper.properties"]
RUN ["/bin/sh","-c","mkdir -p /opt/slipway && printf %s '#!/bin/sh\nset -eu\n{ grep -v '\\''^distributionUrl'\\'' gradle/wrapper/gradle-wrapper.properties; printf '\\''distributionUrl=%s\\n'\\'' '\\''https://mirror.example/gradle/gradle-8.10-bin.zip'\\''; } >/tmp/wrapper && cp /tmp/wrapper gradle/wrapper/gradle-wrapper.properties\nif sh ./gradlew --version >/tmp/gradle.log 2>&1; then exec sh ./gradlew -I /opt/slipway/toolchain.gradle \"$@\"; fi\ncat /tmp/gradle.log\nreason=$(grep -hoE '\\''[A-Za-z.]*(Exception|Error): .*|Could not .*|Unsupported .*|Verification .*'\\'' /tmp/gradle.log | head -n 1 | tr -d '\\''\"`$'\\'')\necho \"Slipway: gradle-8.10-bin.zip, which the project is to be built with, cannot be had: $reason. Debian'\\''s Gradle 4.4.1 is tried instead.\"\ngradle \"$@\" && exit 0\necho \"Slipway stopped the build: gradle-8.10-bin.zip, which the project is to be built with, cannot be had: $reason, and Debian'\\''s Gradle 4.4.1, which was tried instead, could not build the project. Next: Ask the operator to serve Gradle'\\''s distributions to builds and to name the place with SLIPWAY_GRADLE_MIRROR; deploy again afterwards.\" >&2; exit 1\n' >/opt/slipway/gradle"]
RUN --mount=type=secret,id=ca,target=/run/slipway/ca.crt,mode=0444 --mount=type=secret,id=cacerts,target=/run/slipway/cacerts,mode=0444 --mount=type=cache,id=slipway-gradle,target=/root/.gradle,sharing=locked export SSL_CERT_FILE=/run/slipway/ca.crt NODE_EXTRA_CA_CERTS=/run/slipway/ca.crt PIP_CERT=/run/slipway/ca.crt REQUESTS_CA_BUNDLE=/run/slipway/ca.crt CURL_CA_BUNDLE=/run/slipway/ca.crt GIT_SSL_CAINFO=/run/slipway/ca.crt JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStore=/run/slipway/cacerts && sh /opt/slipway/gradle --version
RUN --mount=type=secret,id=ca,target=/run/slipway/ca.crt,mode=0444 --mount=type=secret,id=cacerts,target=/run/slipway/cacerts,mode=0444 --mount=type=cache,id=slipway-gradle,target=/root/.gradle,sharing=locked --mount=type=cache,id=slipway-maven,target=/root/.m2 export SSL_CERT_FILE=/run/slipway/ca.crt NODE_EXTRA_CA_CERTS=/run/slipway/ca.crt PIP_CERT=/run/slipway/ca.crt REQUESTS_CA_BUNDLE=/run/slipway/ca.crt CURL_CA_BUNDLE=/run/slipway/ca.crt GIT_SSL_CAINFO=/run/slipway/ca.crt JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStore=/run/slipway/cacerts && sh /opt/slipway/gradle --no-daemon --console=plain dependencies || echo 'Slipway: not every dependency could be fetched before the sources are there; the build goes on.'
COPY [".","/app/"]
RUN --mount=type=secret,id=ca,target=/run/slipway/ca.crt,mode=0444 --mount=type=secret,id=cacerts,target=/run/slipway/cacerts,mode=0444 --mount=type=cache,id=slipway-gradle,target=/root/.gradle,sharing=locked --mount=type=cache,id=slipway-maven,target=/root/.m2 export SSL_CERT_FILE=/run/slipway/ca.crt NODE_EXTRA_CA_CERTS=/run/slipway/ca.crt PIP_CERT=/run/slipway/ca.crt REQUESTS_CA_BUNDLE=/run/slipway/ca.crt CURL_CA_BUNDLE=/run/slipway/ca.crt GIT_SSL_CAINFO=/run/slipway/ca.crt JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStore=/run/slipway/cacerts && sh /opt/slipway/gradle --no-daemon --console=plain -x test 'installDist'
RUN sh /opt/slipway/launch.sh '/app' '' ''

FROM slipway/java-21
COPY --from=build ["/opt/slipway","/opt/slipway"]
COPY --from=build ["/app","/app"]
ENV JAVA_TOOL_OPTIONS="-XX:MaxRAMPercentage=65 -XX:+ExitOnOutOfMemoryError" JAVA_OPTS=""
ENV PORT=8080 HOME=/tmp/home
WORKDIR /app
USER 10001:10001
CMD ["/opt/slipway/start"]
