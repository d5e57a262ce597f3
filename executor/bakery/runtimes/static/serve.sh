#!/bin/sh
# Serves /app on $PORT, as any user and with nothing writable but /tmp. What a site's own file asks for comes as:
#   SITE_FALLBACK=always|never|PAGE  an address without a file gets the start page: always, never, or PAGE when nothing in
#                                    the site says otherwise (a 200.html, a 404.html)
#   SITE_ERRORS="404=/a.html …"      pages that answer for a status
#   SITE_LISTING, SITE_SSI, SITE_DOTFILES, SITE_AUTH=on; SITE_HSTS=VALUE of the header
set -eu
site=/app
conf=/tmp/nginx.conf

errors=''
for pair in ${SITE_ERRORS:-}; do errors="$errors error_page ${pair%%=*} ${pair#*=};"; done

# What an address without a file gets: a page of the site's own (200.html for single-page apps, 404.html with that
# status), else the start page when the site has no other page, so that a single-page app does its own routing.
fallback="${SITE_FALLBACK:-}"
if [ "$fallback" = always ]; then
	missing='/index.html'
elif [ -f "$site/200.html" ]; then
	missing='/200.html'
elif [ -f "$site/404.html" ]; then
	missing='=404'
	[ -n "$errors" ] || errors='error_page 404 /404.html;'
elif [ "$fallback" = never ] || [ -n "$errors" ]; then
	missing='=404'
elif [ "$(find "$site" -name '*.html' | head -n 2 | wc -l)" -le 1 ]; then
	missing='/index.html'
else
	missing="${fallback:-=404}"
fi

hidden='location ~ /\.(?!well-known) { return 404; }'
[ "${SITE_DOTFILES:-}" = on ] && hidden='location ~ /\.git(/|$) { return 404; }'
listing=''
if [ "${SITE_LISTING:-}" = on ]; then
	listing='autoindex on;'
	[ -f "$site/index.html" ] || missing='=404'
fi
ssi=''
[ "${SITE_SSI:-}" = on ] && ssi='ssi on;'
auth=''
[ "${SITE_AUTH:-}" = on ] && auth='auth_basic "Restricted"; auth_basic_user_file /etc/slipway-site.htpasswd;'
hsts=''
[ -n "${SITE_HSTS:-}" ] && hsts="add_header Strict-Transport-Security \"$SITE_HSTS\";"

cat >"$conf" <<CONF
worker_processes 1;
pid /tmp/nginx.pid;
error_log stderr warn;
daemon off;
events { worker_connections 1024; }
http {
	include /etc/nginx/mime.types;
	types { application/manifest+json webmanifest; text/javascript mjs; }
	default_type application/octet-stream;
	charset utf-8;
	charset_types text/css text/plain text/javascript application/javascript application/json image/svg+xml;
	log_format line '\$request_method \$request_uri \$status \$body_bytes_sent \${request_time}s';
	access_log /dev/stdout line;
	client_body_temp_path /tmp/nginx-body;
	proxy_temp_path /tmp/nginx-proxy;
	fastcgi_temp_path /tmp/nginx-fastcgi;
	uwsgi_temp_path /tmp/nginx-uwsgi;
	scgi_temp_path /tmp/nginx-scgi;
	server_tokens off;
	sendfile on;
	tcp_nopush on;
	keepalive_timeout 75s;
	gzip on;
	gzip_static on;
	gzip_vary on;
	gzip_proxied any;
	gzip_min_length 1024;
	gzip_types text/css text/plain text/xml text/javascript application/javascript application/json application/manifest+json application/xml application/wasm image/svg+xml font/ttf;
	# Names with a hash never change; everything else is asked for again and answered with 304.
	map \$uri \$caching {
		default "no-cache";
		"~*[.-][0-9a-zA-Z_-]{8,}\.(js|mjs|css|woff2?|png|jpe?g|gif|svg|webp|avif|ico|wasm)$" "public, max-age=31536000, immutable";
		"~*^/(_next/static|_astro|_app/immutable|_nuxt)/" "public, max-age=31536000, immutable";
	}
	server {
		listen ${PORT:-8080};
		root $site;
		index index.html index.htm;
		absolute_redirect off;
		add_header Cache-Control \$caching;
		add_header X-Content-Type-Options nosniff;
		$hsts
		$errors
		$listing
		$ssi
		$auth
		$hidden
		location ~ ^/(Staticfile(\.auth)?|static\.json|slipway\.yaml)$ { return 404; }
		# A missing script or picture is missing: a page in its place would only break later and stranger.
		location ~* \.(js|mjs|css|map|json|png|jpe?g|gif|svg|webp|avif|ico|woff2?|ttf|wasm|txt|xml|pdf|mp4|webm|zip)$ { try_files \$uri =404; }
		location / { try_files \$uri \$uri.html \$uri/ $missing; }
	}
}
CONF
exec nginx -e stderr -c "$conf"
