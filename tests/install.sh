#!/bin/sh
# What some tests need from Debian: Chromium with the library Playwright's driver is linked with, libfaketime for clocks
# that step, Prometheus with promtool, age for encrypted secrets, nginx. Where it cannot be installed those tests are skipped,
# and say so. An ssh server, which some tests use where there is one, is not installed: it would run as a service.
set -e
wanted=""
command -v chromium >/dev/null && ldconfig -p | grep -q 'libatomic\.so\.1' || wanted="chromium libatomic1"
ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || wanted="$wanted libfaketime"
prometheus=""
command -v promtool >/dev/null && command -v prometheus >/dev/null || prometheus="prometheus"
nginx=""
command -v nginx >/dev/null || nginx="nginx"
command -v age >/dev/null || wanted="$wanted age"
if [ -z "$wanted$prometheus$nginx" ]; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "missing, and no right to install it:" $wanted $prometheus $nginx "- the tests that need it are skipped" >&2
    exit 0
fi
echo "installing for the tests:" $wanted $prometheus $nginx >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
[ -z "$wanted" ] || apt-get install -y -qq --no-install-recommends $wanted >/dev/null
[ -n "$prometheus$nginx" ] || exit 0
# Only their programs: installed as a whole, they would run as services of this machine.
unpacked=$(mktemp -d)
trap 'rm -rf "$unpacked"' EXIT
chmod 755 "$unpacked"
(cd "$unpacked" && apt-get download -qq $prometheus $nginx >/dev/null 2>&1 && for each in *.deb; do dpkg -x "$each" .; done)
[ -z "$prometheus" ] || install "$unpacked/usr/bin/prometheus" "$unpacked/usr/bin/promtool" /usr/local/bin/
[ -z "$nginx" ] || install "$unpacked/usr/sbin/nginx" /usr/local/bin/
