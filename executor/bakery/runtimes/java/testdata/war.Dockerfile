FROM slipway/java-21-build AS build
RUN --mount=type=secret,id=ca,target=/run/slipway/ca.crt,mode=0444 --mount=type=secret,id=cacerts,target=/run/slipway/cacerts,mode=0444 --mount=type=cache,id=slipway-maven,target=/root/.m2 export SSL_CERT_FILE=/run/slipway/ca.crt NODE_EXTRA_CA_CERTS=/run/slipway/ca.crt PIP_CERT=/run/slipway/ca.crt REQUESTS_CA_BUNDLE=/run/slipway/ca.crt CURL_CA_BUNDLE=/run/slipway/ca.crt GIT_SSL_CAINFO=/run/slipway/ca.crt JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStore=/run/slipway/cacerts && mvn -B -ntp -Daether.syncContext.named.factory=file-lock -Daether.syncContext.named.nameMapper=file-gav dependency:copy -Dartifact=org.eclipse.jetty.ee10:jetty-ee10-runner:12.0.31 -Dmdep.stripVersion=true -DoutputDirectory=/opt/runners && mvn -B -ntp -Daether.syncContext.named.factory=file-lock -Daether.syncContext.named.nameMapper=file-gav dependency:copy -Dartifact=com.heroku:webapp-runner:9.0.89.0 -Dmdep.stripVersion=true -DoutputDirectory=/opt/runners
WORKDIR /app
COPY ["pom.xml","/app/pom.xml"]
RUN --mount=type=secret,id=ca,target=/run/slipway/ca.crt,mode=0444 --mount=type=secret,id=cacerts,target=/run/slipway/cacerts,mode=0444 --mount=type=cache,id=slipway-maven,target=/root/.m2 export SSL_CERT_FILE=/run/slipway/ca.crt NODE_EXTRA_CA_CERTS=/run/slipway/ca.crt PIP_CERT=/run/slipway/ca.crt REQUESTS_CA_BUNDLE=/run/slipway/ca.crt CURL_CA_BUNDLE=/run/slipway/ca.crt GIT_SSL_CAINFO=/run/slipway/ca.crt JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStore=/run/slipway/cacerts && mvn -B -ntp -Daether.syncContext.named.factory=file-lock -Daether.syncContext.named.nameMapper=file-gav -DskipTests compile || echo 'Slipway: not every dependency could be fetched before the sources are there; the build goes on.'
COPY [".","/app/"]
RUN --mount=type=secret,id=ca,target=/run/slipway/ca.crt,mode=0444 --mount=type=secret,id=cacerts,target=/run/slipway/cacerts,mode=0444 --mount=type=cache,id=slipway-maven,target=/root/.m2 export SSL_CERT_FILE=/run/slipway/ca.crt NODE_EXTRA_CA_CERTS=/run/slipway/ca.crt PIP_CERT=/run/slipway/ca.crt REQUESTS_CA_BUNDLE=/run/slipway/ca.crt CURL_CA_BUNDLE=/run/slipway/ca.crt GIT_SSL_CAINFO=/run/slipway/ca.crt JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStore=/run/slipway/cacerts && mvn -B -ntp -Daether.syncContext.named.factory=file-lock -Daether.syncContext.named.nameMapper=file-gav -DskipTests package
RUN SLIPWAY_SERVLET=jakarta sh /opt/slipway/launch.sh '/app' '' '-Dserver.port="${PORT:-8080}"'

FROM slipway/java-21
COPY --from=build ["/opt/slipway","/opt/slipway"]
COPY --from=build ["/app","/app"]
ENV JAVA_TOOL_OPTIONS="-XX:MaxRAMPercentage=65 -XX:+ExitOnOutOfMemoryError" JAVA_OPTS=""
ENV PORT=8080 HOME=/tmp/home
WORKDIR /app
USER 10001:10001
CMD ["/opt/slipway/start"]
