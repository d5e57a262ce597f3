FROM slipway/python-3.13-poetry AS build
RUN python3 -m venv /opt/venv && mkdir -p '/app' && ln -s /opt/venv '/app/.venv'
ENV VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin UV_PROJECT_ENVIRONMENT=/opt/venv UV_PYTHON=/opt/venv/bin/python UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_NO_PROGRESS=1 POETRY_VIRTUALENVS_CREATE=false PDM_CHECK_UPDATE=false PDM_IGNORE_SAVED_PYTHON=1 PIPENV_VERBOSITY=-1 PYTHONUNBUFFERED=1
WORKDIR /app
COPY ["poetry.lock","/app/poetry.lock"]
COPY ["pyproject.toml","/app/pyproject.toml"]
RUN --mount=type=secret,id=ca,target=/run/slipway/ca.crt,mode=0444 --mount=type=secret,id=cacerts,target=/run/slipway/cacerts,mode=0444 --mount=type=cache,id=slipway-pip,target=/root/.cache/pip --mount=type=cache,id=slipway-poetry,target=/root/.cache/pypoetry export SSL_CERT_FILE=/run/slipway/ca.crt NODE_EXTRA_CA_CERTS=/run/slipway/ca.crt PIP_CERT=/run/slipway/ca.crt REQUESTS_CA_BUNDLE=/run/slipway/ca.crt CURL_CA_BUNDLE=/run/slipway/ca.crt GIT_SSL_CAINFO=/run/slipway/ca.crt JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStore=/run/slipway/cacerts && poetry export --no-interaction --only main -f requirements.txt -o /tmp/packages.txt && python3 /opt/tool/split.py 3.12 && python3 -m pip --python /opt/venv/bin/python install --disable-pip-version-check --root-user-action=ignore --progress-bar off --ignore-requires-python --no-deps -r /tmp/requirements.txt
COPY [".","/app/"]
RUN --mount=type=secret,id=ca,target=/run/slipway/ca.crt,mode=0444 --mount=type=secret,id=cacerts,target=/run/slipway/cacerts,mode=0444 --mount=type=cache,id=slipway-pip,target=/root/.cache/pip --mount=type=cache,id=slipway-poetry,target=/root/.cache/pypoetry export SSL_CERT_FILE=/run/slipway/ca.crt NODE_EXTRA_CA_CERTS=/run/slipway/ca.crt PIP_CERT=/run/slipway/ca.crt REQUESTS_CA_BUNDLE=/run/slipway/ca.crt CURL_CA_BUNDLE=/run/slipway/ca.crt GIT_SSL_CAINFO=/run/slipway/ca.crt JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStore=/run/slipway/cacerts && cd '/app' && if [ -s /tmp/local.txt ]; then python3 -m pip --python /opt/venv/bin/python install --disable-pip-version-check --root-user-action=ignore --progress-bar off --ignore-requires-python --no-deps -r /tmp/local.txt; fi

FROM slipway/python-3.13
COPY --from=build ["/opt/venv","/opt/venv"]
COPY --from=build ["/app","/app"]
ENV VIRTUAL_ENV=/app/.venv PATH=/app/.venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
ENV PORT=8080 HOME=/tmp/home
WORKDIR /app
USER 10001:10001
CMD ["python","main.py"]
